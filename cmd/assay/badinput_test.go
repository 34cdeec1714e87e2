package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

// serving is an `assay up` that a test talks to.
type serving struct {
	t       testing.TB
	data    string
	process *exec.Cmd
	stderr  bytes.Buffer
	addresses
}

func serve(t testing.TB, data string, flags ...string) *serving {
	s := &serving{t: t, data: data, process: command(t, append([]string{"up", "--data", data, "--log-level", "warn"}, flags...)...)}
	s.process.Stderr = &s.stderr
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.process.Process.Kill(); _ = s.process.Wait() })
	eventually(t, "up serves", func() bool {
		text, err := os.ReadFile(filepath.Join(data, "run.json"))
		return err == nil && json.Unmarshal(text, &s.addresses) == nil && s.Serving && s.status("/readyz") == http.StatusOK
	})
	return s
}

func (s *serving) status(path string) int {
	res, err := http.Get("http://" + s.Ops + path)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

func (s *serving) report() report {
	s.t.Helper()
	return assayJSON[report](s.t, "report", "--data", s.data, "--json")
}

// stop ends it as Ctrl-C does.
func (s *serving) stop() {
	s.t.Helper()
	if err := s.process.Process.Signal(syscall.SIGINT); err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		s.t.Errorf("up ended with %v: %s", err, s.stderr.String())
	}
}

func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) { // between polls
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// TestWhatCannotBeUsedIsKeptAndCounted sends everything that a broken client can, beside a good event.
func TestWhatCannotBeUsedIsKeptAndCounted(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, filepath.Join(dir, "data"))
	client, err := topology.Cluster{Brokers: s.Brokers}.Client()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.RegistryOptions{URL: s.Registry}.Client()
	if err != nil {
		t.Fatal(err)
	}
	ids, err := schemas.RegisterAll(t.Context(), registry)
	if err != nil {
		t.Fatal(err)
	}
	event := func(id string) *schemas.CodeEvent {
		return &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: id, OccurredAt: time.Now(), Source: "test", Org: "acme"}, Kind: schemas.CodeSuggestionShown, FileID: "f"}
	}
	frame := func(e schemas.Event) []byte { return schemas.AppendFrame(nil, ids["CodeEvent"], e) }
	late := event("late")
	late.OccurredAt = time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC)
	good := frame(event("good"))
	send := func(value []byte) error {
		res, err := client.Produce(t.Context(), &kafka.ProduceRequest{Topic: "assistant.code", Partition: 0, RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Key: kafka.NewBytes([]byte("f")), Value: kafka.NewBytes(value)})})
		return errors.Join(err, res.Error)
	}
	for _, value := range [][]byte{
		[]byte("this is not Avro"),
		binary.BigEndian.AppendUint32([]byte{0}, 4711), // unknown schema id
		good[:len(good)-2],                             // truncated
		schemas.AppendFrame(nil, ids["Outcome"], &schemas.Outcome{Envelope: event("x").Envelope}), // wrong type
		frame(late), // the year 2500
		good,
	} {
		if err := send(value); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(make([]byte, 2<<20)); !errors.Is(err, kafka.MessageSizeTooLarge) {
		t.Errorf("the broker says to 2 MB: %v", err)
	}
	lines := []string{
		`{"record":"CodeEvent","event_id":"from-file","occurred_at":"2026-01-02T03:04:05Z","source":"test","org":"acme","kind":"suggestion_shown","file_id":"g","payload":{"code":"x = 1"}}`,
		`this is not JSON`,
		fmt.Sprintf(`{"record":"CodeEvent","event_id":"huge","occurred_at":"2026-01-02T03:04:05Z","source":"test","org":"acme","kind":"suggestion_shown","file_id":"g","payload":{"code":"%s"}}`, strings.Repeat("y", 2<<20)),
		`{"record":"CodeEvent","event_id":"typo","occurred_at":"2026-01-02T03:04:05Z","source":"test","org":"acme","kind":"suggestion_shown","file_id":7}`,
		`{"record":"CodeEvent","event_id":"later","occurred_at":"2500-01-02T03:04:05Z","source":"test","org":"acme","kind":"suggestion_shown","file_id":"g"}`,
	}
	recording := filepath.Join(dir, "recording.jsonl")
	if err := os.WriteFile(recording, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := assay(t, "replay", "--data", s.data, recording); code != 0 {
		t.Fatalf("replay: %d %s%s", code, stdout, stderr)
	}

	var r report
	eventually(t, "everything is accounted for", func() bool {
		r = s.report()
		return r.Lag == 0 && r.DeadLetters >= 9
	})
	want := map[string]int64{"not_avro": 1, "unknown_schema": 1, "truncated": 1, "wrong_type": 1, "invalid": 2, "unreadable_line": 2, "too_large": 1}
	if !maps.Equal(r.ByReason, want) {
		t.Errorf("dead letters %v, want %v", r.ByReason, want)
	}
	if r.Topics["assistant.code"] != 2 || !r.Ledger.Balanced {
		t.Errorf("%d good events, want 2; ledger %v", r.Topics["assistant.code"], r.Ledger.Problems)
	}
	if s.status("/healthz") != http.StatusOK || s.status("/readyz") != http.StatusOK {
		t.Error("the services are down")
	}
	t.Run("replay", func(t *testing.T) {
		for range 2 { // the second time it changes nothing
			got := assayJSON[replayed](t, "dlq", "replay", "--data", s.data, "--json")
			if got.Published != 5 || len(got.Skipped) != 4 {
				t.Errorf("replayed %+v, want the 5 from the topic published and the 4 lines skipped", got)
			}
			eventually(t, "the replayed are processed", func() bool { return s.report().Lag == 0 })
		}
		if after := s.report(); !maps.Equal(after.ByReason, want) || !after.Ledger.Balanced {
			t.Errorf("after a replay: %v, ledger %v", after.ByReason, after.Ledger.Problems)
		}
	})
	s.stop()
}

// TestUpContinuesAfterAKill kills everything in the middle, twice, and counts.
func TestUpContinuesAfterAKill(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, rows := range []float64{2000, 9000} {
		c := command(t, "up", "--data", data, "--simulate", "20000", "--log-level", "error")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is in the middle", func() bool {
			var up addresses
			text, err := os.ReadFile(filepath.Join(data, "run.json"))
			if err != nil || json.Unmarshal(text, &up) != nil || !up.Serving || up.PID != c.Process.Pid {
				return false
			}
			stdout, _, code := assay(t, "sql", "--data", data, "--json", "SELECT toFloat64(count()) AS n FROM code_events")
			var n []struct{ N float64 }
			return code == 0 && json.Unmarshal([]byte(stdout), &n) == nil && n[0].N >= rows
		})
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
	}
	r := assayJSON[report](t, "up", "--data", data, "--simulate", "20000", "--once", "--json")
	if r.EventsIn != 20_000 || !r.Ledger.Balanced || r.Lag != 0 {
		t.Errorf("%d events, lag %d, ledger %v", r.EventsIn, r.Lag, r.Ledger.Problems)
	}
}

// TestErrorsSayWhatToDo starts what can't work: each time one line that a person can act on, and exit code 1.
func TestErrorsSayWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data)
	damaged := filepath.Join(t.TempDir(), "damaged")
	if stdout, stderr, code := assay(t, "up", "--data", damaged, "--simulate", "300", "--once"); code != 0 {
		t.Fatalf("%s%s", stdout, stderr)
	}
	keyring := filepath.Join(damaged, "keys", "keyring.json")
	if err := os.WriteFile(keyring, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(t.TempDir(), "stale")
	older := serve(t, stale)
	res, err := (&kafka.Client{Addr: kafka.TCP(older.Brokers...)}).Produce(t.Context(), &kafka.ProduceRequest{Topic: "assay.quality.state", Partition: 0, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Key: kafka.NewBytes([]byte("domain")), Value: kafka.NewBytes([]byte("as it once was"))})})
	if err != nil || res.Error != nil {
		t.Fatal(err, res)
	}
	older.stop()
	fresh := func() string { return filepath.Join(t.TempDir(), "data") }
	for name, c := range map[string]struct {
		args []string
		env  []string
		says []string
	}{
		"no library":        {args: []string{"up", "--data", fresh(), "--once"}, env: []string{"HOME=/nonexistent", "XDG_CACHE_HOME=" + t.TempDir(), "PATH="}, says: []string{"no ClickHouse library", "npm", "pip", "ASSAY_CHDB_LIB"}},
		"bad library":       {args: []string{"up", "--data", fresh(), "--once"}, env: []string{"ASSAY_CHDB_LIB=" + keyring}, says: []string{keyring}},
		"Kafka's port":      {args: []string{"up", "--data", fresh(), "--once", "--kafka-port", port}, says: []string{port, "--kafka-port"}},
		"registry's port":   {args: []string{"up", "--data", fresh(), "--once", "--registry-port", port}, says: []string{port, "--registry-port"}},
		"ClickHouse's port": {args: []string{"up", "--data", fresh(), "--once", "--clickhouse-port", port}, says: []string{port, "another port for ClickHouse"}},
		"HTTP port":         {args: []string{"up", "--data", fresh(), "--once", "--http", "127.0.0.1:" + port}, says: []string{port, "--http"}},
		"damaged keyring":   {args: []string{"up", "--data", damaged, "--once"}, says: []string{keyring, "damaged"}},
		"stale state":       {args: []string{"up", "--data", stale, "--simulate", "100", "--once"}, says: []string{"assay.quality.state", "another version of Assay", "--data"}},
		"in use":            {args: []string{"up", "--data", data, "--once"}, says: []string{data, "in use", "--data"}},
		"wrong password":    {args: []string{"sql", "--clickhouse", s.ClickHouse, "--clickhouse-password", "wrong", "SELECT 1"}, says: []string{"refuses the user or password", "ASSAY_CLICKHOUSE_PASSWORD"}},
		"registry down":     {args: []string{"topology", "apply", "--brokers", localtest.Start(t).Cluster().Brokers[0], "--registry", "http://127.0.0.1:1"}, says: []string{"http://127.0.0.1:1", "--registry"}},
		"Kafka down":        {args: []string{"lag", "--brokers", "127.0.0.1:1"}, says: []string{"127.0.0.1:1", "start"}},
		"ClickHouse down":   {args: []string{"sql", "--clickhouse", "clickhouse://assay@127.0.0.1:1/assay", "SELECT 1"}, says: []string{"127.0.0.1:1", "ASSAY_CLICKHOUSE", "--data"}},
		"no such table":     {args: []string{"sql", "--clickhouse", s.ClickHouse, "SELECT * FROM nothing"}, says: []string{"nothing", "SHOW TABLES", "assay migrate"}},
		"no secret":         {args: []string{"tokens", "webhook", "github", "acme", "--collector-tokens", fresh()}, says: []string{"--secret-file", "--remove"}},
		"no load":           {args: []string{"chaos", "--rate", "0"}, says: []string{"--rate"}},
		"no such service":   {args: []string{"run", "wharehouse"}, says: []string{"wharehouse", "warehouse, security-scan"}},
		"no data folder":    {args: []string{"report", "--data", "/nonexistent"}, says: []string{"/nonexistent", "assay up"}},
		"bad rules":         {args: []string{"up", "--data", fresh(), "--once", "--rules", keyring}, says: []string{keyring}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, c.args...)
			cmd.Env = append(cmd.Env, c.env...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			_ = cmd.Run()
			text := stderr.String()
			if code := cmd.ProcessState.ExitCode(); code != 1 || strings.Count(text, "\n") != 1 {
				t.Errorf("exit code %d, want 1 and one line, got %q", code, text)
			}
			for _, says := range c.says {
				if !strings.Contains(text, says) {
					t.Errorf("%q doesn't say %q", text, says)
				}
			}
		})
	}
	s.stop()
}
