package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/sinks/clickhouse"
)

var somePlan = rapid.Custom(func(t *rapid.T) faultPlan {
	return faultPlan{
		seed: rapid.Uint64().Draw(t, "seed"), duration: time.Duration(rapid.IntRange(1, 3600).Draw(t, "seconds")) * time.Second,
		kills: rapid.IntRange(0, 200).Draw(t, "kills"), session: 6 * time.Second,
		services: []string{"warehouse", "security-scan", "quality"}, drain: "warehouse",
		killBroker: rapid.Bool().Draw(t, "kill broker"), pauseBroker: rapid.Bool().Draw(t, "pause broker"),
	}
})

func TestAScheduleFollowsFromItsSeedAndHasEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := somePlan.Draw(t, "plan")
		faults := plan.schedule()
		if !reflect.DeepEqual(faults, plan.schedule()) {
			t.Fatal("the same plan gave another schedule")
		}
		kinds, kills := map[faultKind]int{}, map[string]int{}
		last := time.Duration(0)
		for _, f := range faults {
			if f.At < last || f.At > plan.duration {
				t.Fatalf("%v comes after %v, the run takes %v", f, last, plan.duration)
			}
			last = f.At
			if kinds[f.Kind]++; f.Kind == faultKill {
				kills[f.Target]++
			}
			if f.Kind == faultPause && f.For <= plan.session {
				t.Fatalf("%v is no longer than a session", f)
			}
			if f.Target == targetBroker && (f.Kind == faultKill && !plan.killBroker || f.Kind == faultPause && !plan.pauseBroker) {
				t.Fatalf("%v: the broker is not to be touched", f)
			}
		}
		for _, kind := range []faultKind{faultPause, faultScale, faultCut, faultHold, faultSlow, faultParts, faultFull, faultReadonly, faultMemory, faultNoRegistry} {
			if kinds[kind] == 0 {
				t.Fatalf("there is no %s", kind)
			}
		}
		if kinds[faultKill] != plan.kills {
			t.Fatalf("%d kills, want %d", kinds[faultKill], plan.kills)
		}
		counts := slices.Collect(maps.Values(kills))
		if len(counts) > 0 && slices.Max(counts)-slices.Min(counts) > 1 {
			t.Fatalf("kills are not fair: %v", kills)
		}
	})
}

func TestAProxyFailsAsItIsTold(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() { // echo
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	p, err := newProxy(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	ask := func(c net.Conn, limit time.Duration) error {
		_ = c.SetDeadline(time.Now().Add(limit))
		if _, err := fmt.Fprintln(c, "hello"); err != nil {
			return err
		}
		_, err := bufio.NewReader(c).ReadString('\n')
		return err
	}
	c := dial()
	if err := ask(c, 5*time.Second); err != nil {
		t.Fatalf("forwarding: %v", err)
	}
	p.set(faultSlow)
	began := time.Now()
	if err := ask(c, 5*time.Second); err != nil || time.Since(began) < 2*proxyDelay {
		t.Errorf("slow: %v after %v", err, time.Since(began))
	}
	p.set(faultHold)
	var timeout net.Error
	if err := ask(c, 50*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("held: %v", err)
	}
	p.set("")
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line != "hello\n" {
		t.Errorf("what was held came as %q, %v", line, err)
	}
	p.set(faultCut)
	for name, c := range map[string]net.Conn{"open": c, "new": dial()} {
		if err := ask(c, 5*time.Second); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("a cut %s connection: %v", name, err)
		}
	}
	p.set("")
	if err := ask(dial(), 5*time.Second); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// A run without faults is in order, and each kind of damage afterwards is noticed.
func TestChaosNoticesWhatIsWrong(t *testing.T) {
	t.Setenv(beAssay, "1")
	ctx := t.Context()
	r, err := newRig(ctx, filepath.Join(t.TempDir(), "rig"), connection{}, 6*time.Second, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close(ctx)
	for _, name := range serviceNames() {
		r.services[name] = &members{}
		if err := r.scale(ctx, name, 1); err != nil {
			t.Fatal(err)
		}
	}
	const events = 10_000
	if err := r.startProducer(7, events, 1e6); err != nil {
		t.Fatal(err)
	}
	topo, err := wholeTopology()
	if err != nil {
		t.Fatal(err)
	}
	judged := func() *chaosLedger {
		l := &chaosLedger{Processes: map[string]processSum{}}
		if err := r.settle(ctx, time.Minute, topo, l); err != nil {
			t.Fatal(err)
		}
		if err := r.judge(ctx, topo, l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := judged(); len(l.Problems) > 0 || l.Accepted != events || l.Tables["retrain_triggers"].Got.N == 0 {
		t.Fatalf("%d events accepted, %+v; problems: %v", l.Accepted, l.Tables, l.Problems)
	}
	db, err := clickhouse.Open(ctx, r.direct.ClickHouse)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	damage := map[string]string{
		"INSERT INTO retrain_triggers SELECT * FROM retrain_triggers ORDER BY event_id LIMIT 1":     "more than once",
		"DELETE FROM chat_events WHERE event_id IN (SELECT min(event_id) FROM chat_events)":         "chat_events must have",
		"INSERT INTO code_events SELECT * FROM code_events ORDER BY event_id LIMIT 1":               "code_events must have",
		"DELETE FROM findings WHERE event_id IN (SELECT min(event_id) FROM findings)":               "findings must have",
		"DELETE FROM outcomes WHERE event_id IN (SELECT min(event_id) FROM outcomes)":               "outcomes must have",
		"INSERT INTO acceptance_sessions SELECT * FROM acceptance_sessions LIMIT 1":                 "acceptance_sessions adds up",
		"INSERT INTO dead_letters (event_id, kind, _log_time) VALUES ('x', 'wrong_type', now64(3))": "dead letters of good records",
	}
	for sql := range damage {
		if _, err := db.Query(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	l := judged()
	for sql, says := range damage {
		if !slices.ContainsFunc(l.Problems, func(p string) bool { return strings.Contains(p, says) }) {
			t.Errorf("after %s: %v", sql, l.Problems)
		}
	}
}
