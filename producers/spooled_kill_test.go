package producers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// beClient makes the test binary a program that publishes without end: FOLDER BROKER REGISTRY RUN, and prints what was accepted.
const beClient = "ASSAY_TEST_BE_CLIENT"

func TestMain(m *testing.M) {
	if given := os.Getenv(beClient); given != "" {
		if err := client(strings.Fields(given)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const clientKeys = 4

func client(args []string) error {
	registry, err := schemas.RegistryOptions{URL: args[2]}.Client()
	if err != nil {
		return err
	}
	p, err := New(Config{Client: &kafka.Client{Addr: kafka.TCP(args[1]), Transport: &kafka.Transport{MetadataTTL: 100 * time.Millisecond}}, Registry: registry,
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	s, err := p.OpenSpool(SpoolConfig{Dir: args[0], MaxBytes: 1 << 30, AckWait: 200 * time.Millisecond})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for key := range clientKeys {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d/%s/%06d", key, args[3], n)
				if err := s.PublishSync(context.Background(), codeEvent(fmt.Sprint("file", key), id)); err != nil {
					failed <- err
				}
				_, _ = os.Stdout.WriteString(id + "\n")
			}
		}()
	}
	return <-failed
}

// A program is killed again and again, while Kafka is there and while it isn't: whatever was accepted is published, in order
// within its key. While it runs, no other may open its folder.
func TestAKilledProgramLosesNothing(t *testing.T) {
	o, dir := startOutage(t), t.TempDir()
	address, registry := o.local.Cluster().Brokers[0], o.local.RegistryURL()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[string][]string{}
	run := func(number int, during func(more func(int))) {
		t.Helper()
		c := exec.CommandContext(t.Context(), self)
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %d", beClient, dir, address, registry, number))
		var stderr bytes.Buffer
		c.Stderr = &stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		read := func() bool {
			line, err := lines.ReadString('\n')
			if err != nil { // also a line that was cut off
				return false
			}
			id := strings.TrimSpace(line)
			accepted["file"+id[:1]] = append(accepted["file"+id[:1]], id)
			return true
		}
		during(func(events int) {
			t.Helper()
			for range events {
				if !read() {
					t.Fatalf("the program ended: %s", stderr.String())
				}
			}
		})
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for read() { // what it had printed
		}
		if err := c.Wait(); err == nil {
			t.Error("it ended by itself")
		}
	}
	run(0, func(more func(int)) {
		more(200)
		if _, err := o.publisher(t, 0).OpenSpool(SpoolConfig{Dir: dir, MaxBytes: 1}); !errors.Is(err, spool.ErrInUse) || !strings.Contains(err.Error(), dir) {
			t.Errorf("a second one got %v", err)
		}
	})
	run(1, func(more func(int)) { more(100); o.stop(); more(300) })
	run(2, func(more func(int)) { more(300) })
	run(3, func(more func(int)) { more(100); o.start(); more(100) })
	s := o.openSpool(t, SpoolConfig{Dir: dir})
	flush(t, s)
	published := o.published()
	for key := range clientKeys {
		name := fmt.Sprint("file", key)
		told := map[string]bool{}
		for _, id := range accepted[name] {
			told[id] = true
		}
		got := slices.DeleteFunc(published[name], func(id string) bool { return !told[id] }) // killed before it was printed
		if len(told) == 0 || !slices.Equal(got, accepted[name]) {
			t.Errorf("%s: %d accepted, %d published, or in another order", name, len(accepted[name]), len(got))
		}
	}
}
