package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// node is one broker and controller, and what server.properties says of it.
type node struct {
	ID             int
	Dir, Voters    string
	Ports          ports
	Keystore       string
	User, Password string

	cmd   *exec.Cmd
	ended chan struct{}
}

// ports are where a node listens, on 127.0.0.1.
type ports struct{ Controller, Plain, Secured int }

func (n *node) name() string    { return filepath.Base(filepath.Dir(n.Dir)) + "-" + filepath.Base(n.Dir) }
func (n *node) config() string  { return filepath.Join(n.Dir, "server.properties") }
func (n *node) logFile() string { return filepath.Join(n.Dir, "broker.log") }

// format prepares the disks of all nodes.
func (c *cluster) format(ctx context.Context) error {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	text := base64.RawURLEncoding.EncodeToString(id)
	formats, ctx := errgroup.WithContext(ctx)
	for _, n := range c.nodes {
		formats.Go(func() error {
			out, err := c.java(ctx, n, "-format", "kafka.tools.StorageTool", "format", "--cluster-id="+text, "--config="+n.config()).CombinedOutput()
			if err != nil {
				return fmt.Errorf("format the disk of broker %d: %w\n%s", n.ID, err, out)
			}
			return nil
		})
	}
	return formats.Wait()
}

// java runs a class of Kafka in a small Java that compiles quickly rather than well: the tests end before the other
// would pay.
func (c *cluster) java(ctx context.Context, n *node, suffix, class string, arguments ...string) *exec.Cmd {
	line := append([]string{"-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile=" + filepath.Join(c.dir, "log4j2.properties"), class}, arguments...)
	return c.launcher.java(ctx, n.name()+suffix, c.dir, line...)
}

// startNode starts the node's process.
func (c *cluster) startNode(ctx context.Context, n *node) error {
	log, err := os.Create(n.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	n.cmd = c.java(context.WithoutCancel(ctx), n, "", "kafka.Kafka", n.config())
	n.cmd.Stdout, n.cmd.Stderr, n.cmd.SysProcAttr = log, log, endWithParent()
	if err := n.cmd.Start(); err != nil {
		n.cmd = nil
		return fmt.Errorf("start broker %d: %w", n.ID, err)
	}
	n.ended = make(chan struct{})
	go func() {
		_ = n.cmd.Wait() // it is killed, or its log says why
		close(n.ended)
	}()
	return nil
}

func (c *cluster) stopNode(n *node) {
	if n.cmd == nil {
		return
	}
	c.launcher.kill(n.name(), n.cmd)
	<-n.ended
}

// lastLines is the end of the node's log.
func (n *node) lastLines() string {
	text, err := os.ReadFile(n.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// freePorts finds ports for n nodes below those that the system hands out to whoever asks for any, so that nobody is
// given one of them before the brokers have it.
func freePorts(n int) ([]ports, error) {
	const low, high, tries = 15000, 30000, 1000
	var found []int
	for range tries {
		port := low + mathrand.IntN(high-low)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer l.Close() // when all are found: none is found twice
		if found = append(found, port); len(found) == 3*n {
			out := make([]ports, n)
			for i := range out {
				out[i] = ports{found[3*i], found[3*i+1], found[3*i+2]}
			}
			return out, nil
		}
	}
	return nil, errors.New("no free ports on 127.0.0.1 for the brokers")
}
