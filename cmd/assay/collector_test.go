package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/warehouse"
	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

// TestCollectorLosesNothing kills the collector under load, again and again, also while Kafka is killed and it keeps events on
// the disk: whatever got 202 stands in ClickHouse once.
func TestCollectorLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Setenv(beAssay, "1")
	ctx := t.Context()
	r := collectorRig(t)
	collector, url, token, _ := r.startCollector(t)

	const clients, perRequest = 4, 25
	var accepted atomic.Int64
	loading, stopLoad := context.WithCancel(ctx)
	defer stopLoad()
	var load sync.WaitGroup
	for c := range clients {
		load.Go(func() {
			for n := 0; loading.Err() == nil; n++ {
				body := loadOf(c, n, perRequest)
				for ctx.Err() == nil && !sendLoad(ctx, url, token, body) { // as clients do: the same request until it is taken
					time.Sleep(20 * time.Millisecond)
				}
				accepted.Add(perRequest)
			}
		})
	}
	more := func(events int64) {
		t.Helper()
		target := accepted.Load() + events
		for deadline := time.Now().Add(2 * time.Minute); accepted.Load() < target; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				log, _ := os.ReadFile(collector.log.Name())
				t.Fatalf("the load is stuck at %d events\n%s", accepted.Load(), log)
			}
		}
	}
	more(500)
	for range 2 {
		collector.end(syscall.SIGKILL, 0)
		more(1000)
	}
	r.broker.end(syscall.SIGKILL, 5*time.Second)
	more(500)
	collector.end(syscall.SIGKILL, 0) // while it keeps events on the disk
	more(500)
	collector.end(syscall.SIGTERM, 0)
	more(500)
	stopLoad()
	load.Wait()

	if rows, ids := r.rowsOfLoad(t, accepted.Load()); rows != accepted.Load() || ids != rows {
		t.Errorf("%d events were accepted; ClickHouse has %d rows of %d events", accepted.Load(), rows, ids)
	}
	if collector.kills != 3 {
		t.Errorf("the collector was killed %d times", collector.kills)
	}
}

// collectorRig is a rig with the warehouse, to which startCollector adds a collector.
func collectorRig(t testing.TB) *rig {
	t.Helper()
	r, err := newRig(t.Context(), filepath.Join(t.TempDir(), "rig"), connection{}, 6*time.Second, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.close(context.WithoutCancel(t.Context())) })
	r.services["warehouse"] = &members{}
	if err := r.scale(t.Context(), "warehouse", 1); err != nil {
		t.Fatal(err)
	}
	return r
}

// startCollector starts a collector and waits until it is ready. It returns where it takes events, with a token, and where its operations are.
func (r *rig) startCollector(t testing.TB) (_ *supervised, url, token, operations string) {
	t.Helper()
	ports, err := freePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	tokenFile := filepath.Join(r.dir, "tokens.json")
	if token, _, err = tokens.Create(tokenFile, "acme", "load", ""); err != nil {
		t.Fatal(err)
	}
	collector, err := supervise(r.logs, "collector", func() []string {
		return append([]string{"run", "collector", "--http=" + loopback(ports[2]), "--pprof=off", "--collector=" + loopback(ports[0]), "--collector-grpc=" + loopback(ports[1]),
			"--collector-tokens=" + tokenFile, "--collector-spool=" + filepath.Join(r.dir, "spool")}, connectionFlags(&r.direct)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := collector.stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	operations = "http://" + loopback(ports[2])
	if err := r.until(t.Context(), rigWait, "start the collector", func() error { return get(t.Context(), operations+"/readyz", io.Discard) }); err != nil {
		t.Fatal(err)
	}
	return collector, "http://" + loopback(ports[0]) + "/v1/events", token, operations
}

// rowsOfLoad waits until ClickHouse has as many events as it should, and for what may come after them, and returns how many rows
// it has, of how many events.
func (r *rig) rowsOfLoad(t testing.TB, want int64) (rows, ids int64) {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), r.direct.ClickHouse)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func() {
		result, err := db.Query(t.Context(), "SELECT toInt64(count()), toInt64(uniqExact(event_id)) FROM code_events WHERE source = 'load'")
		if err != nil {
			t.Fatal(err)
		}
		rows, ids = result.Rows[0][0].(int64), result.Rows[0][1].(int64)
	}
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline) && ids < want; time.Sleep(100 * time.Millisecond) {
		count()
	}
	repeats, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitDrained(repeats, &r.direct, topology.Topology{Services: []topology.Service{warehouse.Spec()}}); err != nil {
		t.Fatal(err)
	}
	count()
	return rows, ids
}

// loadOf is a request of one client.
func loadOf(client, n, events int) string {
	var b strings.Builder
	for i := range events {
		fmt.Fprintf(&b, `{"record":"CodeEvent","event_id":"%d-%d-%d","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","path":"src/%d.go","payload":{"code":"x"}}`+"\n", client, n, i, i)
	}
	return b.String()
}

// sendLoad reports whether the collector took the request.
func sendLoad(ctx context.Context, url, token, body string) bool {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	status, _, err := post(ctx, url, token, strings.NewReader(body))
	return err == nil && status == http.StatusAccepted
}

// post sends events to a collector and returns its answer.
func post(ctx context.Context, url, token string, body io.Reader) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// TestUpCollects sends to `assay up` as a client on this machine does, and as one with a token.
func TestUpCollects(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	up := serve(t, data)
	url := "http://" + up.Collector + "/v1/events"
	var made struct{ ID, Token string }
	stdout, stderr, code := assay(t, "tokens", "create", "acme", "my-plugin", "--data", data, "--json")
	if err := json.Unmarshal([]byte(stdout), &made); err != nil || code != 0 {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	eventually(t, "the token is accepted", func() bool { return sendLoad(t.Context(), url, made.Token, loadOf(0, 0, 10)) })
	if !sendLoad(t.Context(), url, "", loadOf(1, 0, 10)) {
		t.Fatal("a program on this machine is refused")
	}
	for _, org := range []string{"local", "acme"} {
		eventually(t, "the events of "+org, func() bool {
			return len(query(t, data, fmt.Sprintf("SELECT 1 AS n FROM code_events WHERE org = '%s' HAVING count() = 10", org))) == 1
		})
	}
	if stdout, _, code := assay(t, "tokens", "list", "--data", data); code != 0 || !strings.Contains(stdout, made.ID) || strings.Contains(stdout, made.Token) {
		t.Errorf("%d %s", code, stdout)
	}
	if _, stderr, code := assay(t, "tokens", "revoke", made.ID, "--data", data); code != 0 {
		t.Errorf("%d %s", code, stderr)
	}
	eventually(t, "the token is refused", func() bool { return !sendLoad(t.Context(), url, made.Token, loadOf(0, 0, 10)) })
	up.stop()
	if l := assayJSON[ledger](t, "audit", "--data", data, "--json"); !l.Balanced {
		t.Errorf("%v", l.Problems)
	}
}
