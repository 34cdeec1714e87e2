package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"
)

// parentEnv makes the test binary start a server in the folder that it names, say so, and wait to be killed.
const parentEnv = "ASSAY_TEST_CLICKHOUSE_PARENT"

func runParent(dir string) error {
	os.Unsetenv(parentEnv)
	library, err := Library(context.Background(), nil)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	os.Setenv(childEnv, "1")
	s, err := Start(context.Background(), Config{Dir: dir, Library: library, Password: "secret", Logger: slog.New(slog.DiscardHandler), Command: []string{self}})
	if err != nil {
		return err
	}
	fmt.Println("up")
	<-s.Done()
	return s.Err()
}

func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	parent := exec.Command(c.Command[0])
	parent.Env = append(os.Environ(), parentEnv+"="+c.Dir, childEnv+"=")
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
		t.Fatalf("the parent says %q, %v", line, err)
	}
	if _, err := Start(t.Context(), c); !errors.Is(err, ErrInUse) {
		t.Fatalf("before: %v; want ErrInUse", err)
	}
	parent.Process.Kill()
	parent.Wait()

	// The orphan gives up the folder when it is gone.
	for deadline := time.Now().Add(time.Minute); ; {
		s, err := Start(t.Context(), c)
		if err == nil {
			s.Stop()
			return
		}
		if !errors.Is(err, ErrInUse) || time.Now().After(deadline) {
			t.Fatalf("after: %v", err)
		}
	}
}
