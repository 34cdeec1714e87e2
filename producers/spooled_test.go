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
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/local"
)

// outage is a broker and a registry that a test stops and starts: what they have they keep.
type outage struct {
	*broker
	t     testing.TB
	dir   string
	local *local.Local
}

func startOutage(t testing.TB) *outage {
	t.Helper()
	o := &outage{t: t, dir: t.TempDir()}
	o.start()
	t.Cleanup(o.stop)
	o.broker = connect(t, o.local.Cluster().Brokers[0], o.local.RegistryURL())
	made, err := o.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "assistant.code", NumPartitions: 3, ReplicationFactor: 1}}})
	if err = errors.Join(err, made.Errors["assistant.code"]); err != nil {
		t.Fatal(err)
	}
	return o
}

func connect(t testing.TB, address, registryURL string) *broker {
	t.Helper()
	registry, err := schemas.RegistryOptions{URL: registryURL}.Client()
	if err != nil {
		t.Fatal(err)
	}
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &broker{client: &kafka.Client{Addr: kafka.TCP(address), Transport: transport}, registry: registry}
}

func (o *outage) start() {
	o.t.Helper()
	var err error
	if o.local, err = local.Start(context.Background(), local.Config{Dir: filepath.Join(o.dir, "broker"), Logger: slog.New(slog.DiscardHandler)}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *outage) stop() {
	if o.local != nil {
		if err := o.local.Close(); err != nil {
			o.t.Error(err)
		}
		o.local = nil
	}
}

// published is the ids of each key in the order of their first appearances.
func (o *outage) published() map[string][]string {
	o.t.Helper()
	ids, seen := map[string][]string{}, map[string]bool{}
	reader := connect(o.t, o.local.Cluster().Brokers[0], o.local.RegistryURL()) // the other's connections may be cut
	for partition := range 3 {
		for _, m := range reader.read(o.t, "assistant.code", partition) {
			if !seen[m.id] {
				seen[m.id] = true
				ids[m.key] = append(ids[m.key], m.id)
			}
		}
	}
	return ids
}

func (b *broker) openSpool(t testing.TB, c SpoolConfig) *SpooledPublisher {
	t.Helper()
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	s, err := b.publisher(t, 0).OpenSpool(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func flush(t testing.TB, s *SpooledPublisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func ids(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%05d", i))
	}
	return all
}

// A program starts without Kafka, ends without it, and the next one delivers what it left, before what it publishes itself.
func TestAnOfflineStart(t *testing.T) {
	o, dir := startOutage(t), t.TempDir()
	o.stop()
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	for run := range 2 {
		p, err := New(Config{Client: o.client, Registry: o.registry, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.OpenSpool(SpoolConfig{Dir: dir, MaxBytes: 1 << 20, AckWait: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids(20)[run*10:][:10] {
			e := codeEvent("file", id)
			payload := schemas.Payload{Code: "kanari()"}
			if e.Sealed, e.SealKeyID, err = keys.Seal(e.Org, e.OccurredAt, payload.Marshal(), []byte(id)); err != nil {
				t.Fatal(err)
			}
			if err := s.PublishSync(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if s.Pending() == 0 {
			t.Error("nothing is on the disk")
		}
		if err := errors.Join(s.Close(), p.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		if err := s.PublishSync(t.Context(), codeEvent("file", "late")); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q %v", files, err)
	}
	for _, path := range files {
		if content, err := os.ReadFile(path); err != nil || bytes.Contains(content, []byte("kanari")) {
			t.Errorf("%s: sealed code stands there in clear, or %v", path, err)
		}
	}
	o.start()
	s := o.openSpool(t, SpoolConfig{Dir: dir})
	nameless := codeEvent("file", "")
	if err := s.PublishSync(t.Context(), nameless); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	if got, want := o.published()["file"], append(ids(20), nameless.EventID); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Kafka goes away under load and comes back, twice: whatever was accepted is published, in order within its key.
func TestKafkaIsLostMidway(t *testing.T) {
	o := startOutage(t)
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir(), AckWait: 200 * time.Millisecond})
	const clients = 4
	accepted := make([][]string, clients)
	loading, stopLoad := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for c := range clients {
		load.Go(func() {
			for n := 0; loading.Err() == nil; n++ {
				id := fmt.Sprintf("%d/%06d", c, n)
				if err := s.PublishSync(t.Context(), codeEvent(fmt.Sprint("file", c), id)); err != nil {
					t.Error(err)
					return
				}
				accepted[c] = append(accepted[c], id)
			}
		})
	}
	for range 2 {
		o.stop()
		eventually(t, "events are kept on the disk", func() bool { return s.Pending() > 50_000 })
		o.start()
		eventually(t, "the disk is left under load", func() bool { return s.Pending() == 0 })
	}
	stopLoad()
	load.Wait()
	flush(t, s)
	published := o.published()
	for c := range clients {
		if got := published[fmt.Sprint("file", c)]; !slices.Equal(got, accepted[c]) {
			t.Errorf("client %d: %d accepted, %d published, or in another order", c, len(accepted[c]), len(got))
		}
	}
}

func eventually(t testing.TB, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// Without room the caller is told, nothing that was accepted makes way, and there is room again when Kafka is back.
func TestTheSpoolIsFull(t *testing.T) {
	o := startOutage(t)
	o.stop()
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir(), MaxBytes: 4 << 10, AckWait: 50 * time.Millisecond})
	var accepted []string
	var err error
	for _, id := range ids(1000) {
		if err = s.PublishSync(t.Context(), codeEvent("file", id)); err != nil {
			break
		}
		accepted = append(accepted, id)
	}
	if !errors.Is(err, spool.ErrFull) || len(accepted) == 0 || s.Pending() > 4<<10 {
		t.Fatalf("%d accepted, %d bytes on the disk, %v", len(accepted), s.Pending(), err)
	}
	o.start()
	flush(t, s)
	if err := s.PublishSync(t.Context(), codeEvent("file", "last")); err != nil {
		t.Fatal(err)
	}
	if got := o.published()["file"]; !slices.Equal(got, append(accepted, "last")) {
		t.Errorf("got %q", got)
	}
}

// A deadline leaves time for the disk, and what never passes is refused in an outage, too, all of its call.
func TestAnOutageWithinADeadline(t *testing.T) {
	o := startOutage(t)
	o.stop()
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir()})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	large := codeEvent("file", "large")
	large.Sealed = make([]byte, MaxRecordBytes)
	for _, c := range []struct {
		e    *schemas.CodeEvent
		want error
	}{{codeEvent("", "invalid"), ErrInvalid}, {large, ErrTooLarge}} {
		if err := s.PublishSync(ctx, codeEvent("file", "good"), c.e); !errors.Is(err, c.want) || s.Pending() != 0 {
			t.Errorf("%s: %v, %d bytes on the disk", c.e.EventID, err, s.Pending())
		}
	}
	for range 2 { // the second waits for nothing
		if err := errors.Join(s.PublishSync(ctx, codeEvent("file", "good")), s.PublishSync(ctx)); err != nil || s.Pending() == 0 {
			t.Errorf("%v, %d bytes on the disk", err, s.Pending())
		}
	}
	o.start()
	flush(t, s)
}

// What the brokers refuse for good stands aside and doesn't hold up the rest.
func TestARefusedEventStandsAside(t *testing.T) {
	b, dir := startBroker(t, 1), t.TempDir()
	down := true
	var mu sync.Mutex
	b.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		return nil, errors.New("cut"), down
	})
	s := b.openSpool(t, SpoolConfig{Dir: dir, AckWait: 50 * time.Millisecond})
	for _, id := range ids(5) {
		if err := s.PublishSync(t.Context(), codeEvent("file", id)); err != nil {
			t.Fatal(err)
		}
	}
	b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidRecord, Count: 2}) // all together, and the first alone
	mu.Lock()
	down = false
	mu.Unlock()
	flush(t, s)
	var got []string
	for _, m := range b.read(t, "assistant.code", 0) {
		got = append(got, m.id)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "refused-*"))
	if len(aside) != 1 || len(got) != 4 {
		t.Fatalf("%q aside, %q published", aside, got)
	}
	entry, err := os.ReadFile(aside[0])
	if err != nil {
		t.Fatal(err)
	}
	events, err := decodeEvents(t.Context(), entry)
	if err != nil || len(events) != 1 || slices.Contains(got, events[0].Env().EventID) {
		t.Errorf("%v aside, %v", events, err)
	}
}

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
