package local_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
)

const childDir = "ASSAY_TEST_LOCAL_CHILD"

// TestMain makes a broker of the test program when TestKill starts it again.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serve(dir)
		return
	}
	os.Exit(m.Run())
}

// serve runs until its standard input closes: also when the parent dies, it doesn't stay behind.
func serve(dir string) {
	l, err := local.Start(context.Background(), local.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(l.Cluster().Brokers[0])
	bufio.NewReader(os.Stdin).ReadString('\n')
}

// TestKill: what was acknowledged before a SIGKILL is there after it, however often.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := int64(0)
	for round := range 3 {
		child, cluster := spawn(t, dir)
		client := localtest.Client(t, cluster)
		if round == 0 {
			fill(t, cluster, "a", "b")
			acknowledged = 2
		}
		enough := make(chan struct{})
		done := make(chan int64, 1)
		go func() {
			count := int64(0)
			for {
				response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
					Topic: "kept", RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes(make([]byte, 5000))}),
				})
				if err != nil || response.Error != nil {
					done <- count
					return
				}
				if count++; count == 100 {
					close(enough)
				}
			}
		}()
		select {
		case <-enough:
		case count := <-done:
			t.Fatalf("the broker took only %d records", count)
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		acknowledged += <-done
		child.Wait() // says that it was killed

		l := start(t, dir)
		lags, err := topology.Lag(t.Context(), localtest.Client(t, l.Cluster()), "g", "kept")
		if err != nil {
			t.Fatal(err)
		}
		// One more may have been stored and not yet acknowledged.
		if lag := lags[0]; lag.End < acknowledged || lag.End > acknowledged+1 || lag.Committed != 1 || lag.Metadata != "to=2" {
			t.Fatalf("after kill %d: %+v, want %d records", round+1, lag, acknowledged)
		}
		acknowledged = lags[0].End
		stop(t, l)
	}
}

func spawn(t *testing.T, dir string) (*exec.Cmd, topology.Cluster) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the broker's process didn't start: %v", err)
	}
	return child, topology.Cluster{Brokers: []string{address[:len(address)-1]}}
}
