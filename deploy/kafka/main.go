// Command kafka runs another command, usually `go test`, against a real Apache Kafka: the cluster that KAFKA_BROKERS names,
// or three brokers that it starts on this machine and ends again, in containers where Docker answers and otherwise from
// the jars of Maven Central. The command learns of the cluster from the variables that assay itself reads. It is for
// tests: what it starts keeps nothing and is reachable from this machine only.
//
//	kafka go test ./topology/conformance
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// suite is the variable by which tests know that a cluster was made for them, and that they may empty it.
const suite = "ASSAY_TEST_KAFKA"

func main() {
	runtime.LockOSThread() // the brokers end with the thread that started them, see endWithParent
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kafka COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:])
	stop()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintf(os.Stderr, "kafka: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command []string) error {
	// Whatever else the environment names, the tests must not get there: they delete topics.
	if err := errors.Join(os.Unsetenv("ASSAY_BROKERS"), os.Unsetenv("ASSAY_DATA")); err != nil {
		return err
	}
	if os.Getenv("KAFKA_BROKERS") != "" {
		if err := checkVacant(ctx); err != nil {
			return err
		}
		return execute(ctx, command, os.Environ())
	}
	c, err := start(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	others := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ASSAY_KAFKA_") })
	return execute(ctx, command, append(others, c.environment()...))
}

// execute runs the command until it ends or ctx does; then it has some seconds to end by itself, with all that it
// started.
func execute(ctx context.Context, command, environment []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(environment, suite+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of them, mostly nothing
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
