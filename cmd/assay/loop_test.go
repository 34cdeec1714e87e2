package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

// loop is an installation whose services are killed between any two steps of the way from a worse model to a better one.
type loop struct {
	*rig
	t      *testing.T
	topo   topology.Topology
	random *rand.Rand
	now    time.Time
	n      int
	rated  map[string]string // suggestions of the planted domain: their label
}

const (
	loopDomains = 500
	loopPlanted = 17 // the domain that degrades
)

// TestTheLoopClosesOnceUnderKill: one of 500 domains degrades; it fires once, its examples are there, a candidate is evaluated,
// approved and promoted, the domain recovers and clears, each exactly once though every service is killed in between.
func TestTheLoopClosesOnceUnderKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Setenv(beAssay, "1")
	r, err := newRig(t.Context(), filepath.Join(t.TempDir(), "rig"), connection{}, 6*time.Second, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close(t.Context())
	l := &loop{rig: r, t: t, random: rand.New(rand.NewPCG(8, 8)), now: time.Now().Add(-20 * time.Hour).Truncate(time.Minute), rated: map[string]string{}}
	if l.topo, err = wholeTopology(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.rules, []byte(loopRules), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ASSAY_BROKERS": strings.Join(r.direct.Cluster.Brokers, ","), "ASSAY_REGISTRY_URL": r.direct.Registry.URL,
		"ASSAY_CLICKHOUSE": r.direct.ClickHouse.DSN, "ASSAY_KEYRING": r.direct.Keyring,
	} {
		t.Setenv(name, value)
	}
	for _, name := range serviceNames() {
		r.services[name] = &members{}
		if err := r.scale(t.Context(), name, 1); err != nil {
			t.Fatal(err)
		}
	}

	l.rate(12, loopDomains, 0.05) // everywhere alike
	l.kill()
	l.rate(45, 1, 0.6)
	l.kill()
	l.later(0.6)
	l.await("retrain_triggers WHERE kind = 'fired'")
	l.drained() // the outcomes that it rests on are in ClickHouse, too
	triggers := l.assay("triggers", "list", "--json")
	var fired []schemas.RetrainTrigger
	if err := json.Unmarshal([]byte(triggers), &fired); err != nil || len(fired) != 1 || fired[0].Domain != l.domain(loopPlanted) {
		t.Fatalf("%v: %s", err, triggers)
	}
	l.assay("triggers", "explain", "--rules="+r.rules, "--", fired[0].EventID)
	l.curated(fired[0])

	publish := []string{"evals", "publish", l.results(), "--model=gpt-next", "--baseline=gpt-now", "--run=run-1", "--org=acme",
		"--domain=" + fired[0].Domain, "--episode=" + fired[0].EpisodeID}
	l.assay(publish...)
	l.kill()
	l.assay(publish...) // the same events again
	l.await("evaluation_runs WHERE status = 'awaiting_approval'")
	l.kill()
	l.assay("promote", "approve", "gpt-next", "run-1", "--by=ada", "--reason=reviewed")
	l.kill()
	l.await("evaluation_runs WHERE status = 'promote'")

	l.rate(50, 1, 0.01)
	l.kill()
	for range 2 {
		l.drained()
		l.rate(50, 1, 0.01)
	}
	l.later(0)
	l.await("retrain_triggers WHERE kind = 'cleared'")
	l.drained()

	for sql, want := range map[string]string{
		"SELECT count(), countIf(kind = 'fired'), uniqExact(episode_id) FROM retrain_triggers":                                                                              "2 1 1",
		"SELECT count(), countIf(kind = 'awaiting_approval'), countIf(kind = 'promote'), uniqExact(event_id) FROM promotion_decisions":                                      "2 1 1 2",
		"SELECT candidate, decision, fired_at < promoted_at, fired_at < cleared_at, rate_fired > 0.1, rate_cleared < 0.1, evaluations FROM retraining_loop":                 "gpt-next promote true true true true 1",
		"SELECT status, tasks, both_passed, candidate_only, baseline_only, planned_tasks, episode_id = (SELECT any(episode_id) FROM retrain_triggers) FROM evaluation_runs": "promote 900 560 180 60 900 true",
		"SELECT count(), uniqExact(event_id) FROM eval_events":                                                                                                              "903 903",
		"SELECT count() - uniqExact(event_id), uniqExact(domain) FROM outcomes WHERE category = 'rating'":                                                                   fmt.Sprint(0, " ", loopDomains),
		"SELECT count() - uniqExact(event_id), countIf(kind = 'removed' AND reason = 'superseded') FROM curated_examples":                                                   "0 0",
		"SELECT count() - uniqExact(suggestion_id), max(n) <= 64 FROM (SELECT suggestion_id, count() OVER (PARTITION BY label) AS n FROM examples_current)":                 "0 true",
		"SELECT count() FROM dead_letters": "0",
		"SELECT approver_token != '' AND position(approver_token, 'ada') = 0, reason FROM promotion_log WHERE kind = 'promote'": "true approved: reviewed",
	} {
		l.expect(sql, want)
	}

	var again rehearsal
	if err := json.Unmarshal([]byte(l.assay("triggers", "replay", "--json", "--rules="+r.rules)), &again); err != nil || again.Would != 1 || again.Did != 1 || len(again.Lines) != 2 {
		t.Errorf("replay: %v, %+v", err, again)
	}
	l.row("ALTER TABLE outcomes DELETE WHERE domain = '" + fired[0].Domain + "' AND kind = 'failure' AND _offset < " + fmt.Sprint(fired[0].LastOffset) + " SETTINGS mutations_sync = 1")
	if out, _, code := assay(l.t, "triggers", "explain", "--json", "--rules="+r.rules, "--", fired[0].EventID); code != 1 || !strings.Contains(out, `"agrees":false`) {
		t.Errorf("failures were deleted behind Assay's back, and explain says %d: %s", code, out)
	}
}

// loopRules are about the ratings of the test alone, with the built-in detector.
const loopRules = `rules:
- {id: rating, match: {category: rating}, slo: 0.10, min_events: 5, arl: 8000, clear_arl: 500, blip: 10m, lateness: 1h, cool_down: 2h, action: reweight, severity: medium}
`

// domain is the n-th domain's name.
func (l *loop) domain(n int) string {
	model, language := l.subject(n)
	return strings.Join([]string{model, "1", "chat", language, "rating"}, "|")
}

func (l *loop) subject(n int) (model, language string) {
	return fmt.Sprint("model-", n%50), fmt.Sprint("language-", n/50)
}

// rate publishes n ratings of replies in each of the domains, or of the planted one, of which a share is bad.
func (l *loop) rate(n, domains int, bad float64) {
	l.t.Helper()
	events := func(yield func(schemas.Event, error) bool) {
		for range n {
			l.now = l.now.Add(time.Minute)
			for d := range domains {
				if domains == 1 {
					d = loopPlanted
				}
				l.n++
				model, language := l.subject(d)
				e := &schemas.ChatEvent{
					Envelope: schemas.Envelope{EventID: fmt.Sprint("rating-", l.n), OccurredAt: l.now, Source: "test", Org: "acme"},
					Kind:     schemas.ChatReplyRated, ConversationID: fmt.Sprint("c", l.n), MessageID: fmt.Sprint("m", l.n), Model: model, ModelVersion: "1", Feature: "chat", Language: language,
					DecidedBy: schemas.DecidedByHuman, Rating: schemas.RatingUp,
				}
				if l.random.Float64() < bad {
					e.Rating = schemas.RatingDown
				}
				if d == loopPlanted && !yield(l.suggested(e)) || !yield(e, nil) {
					return
				}
			}
		}
	}
	l.publish(events)
}

// later rates once more in the planted domain when everything else is processed: services that begin with a backlog read one
// partition after the other, out of order by less than the rule's lateness here, and quality then decides when time has moved on.
func (l *loop) later(bad float64) {
	l.t.Helper()
	l.drained()
	l.now = l.now.Add(2 * time.Hour)
	l.rate(1, 1, bad)
}

// suggested is the code that a rated reply of the planted domain suggests.
func (l *loop) suggested(e *schemas.ChatEvent) (schemas.Event, error) {
	e.SuggestionID = fmt.Sprint("suggestion-", l.n)
	if l.rated[e.SuggestionID] = "positive"; e.Rating == schemas.RatingDown {
		l.rated[e.SuggestionID] = "negative"
	}
	c := &schemas.CodeEvent{
		Envelope: e.Envelope, Kind: schemas.CodeSuggestionShown, SuggestionID: e.SuggestionID, ConversationID: e.ConversationID, FileID: "file",
		Model: e.Model, ModelVersion: e.ModelVersion, Feature: e.Feature, Language: e.Language,
	}
	c.EventID = "shown-" + e.SuggestionID
	keys, err := l.direct.keys()
	if err != nil {
		return nil, err
	}
	c.Sealed, c.SealKeyID, err = keys.Seal(c.Org, c.OccurredAt, schemas.Payload{Code: loopCode(e.SuggestionID)}.Marshal(), []byte(c.EventID))
	return c, err
}

func loopCode(suggestion string) string { return "return \"" + suggestion + "\"\n" }

// curated awaits the examples of a trigger's domain and exports them: every suggestion that was rated, once and with its label. The
// trigger's query returns negatives of them.
func (l *loop) curated(trigger schemas.RetrainTrigger) {
	l.t.Helper()
	domain, count := strings.TrimSuffix(trigger.Domain, "|rating"), map[string]int{}
	for _, label := range l.rated {
		count[label]++
	}
	where := "FROM examples_current WHERE domain = '" + domain + "' AND label = "
	l.retry("wait for the examples of "+domain, func() error {
		for label, n := range count {
			if got := l.row("SELECT count(), uniqExact(suggestion_id) " + where + "'" + label + "'"); got != fmt.Sprint(n, " ", n) {
				return fmt.Errorf("%s of %d %ss", got, n, label)
			}
		}
		return nil
	})
	l.expect("SELECT count() > 10, count() = uniqExact(suggestion_id), countIf(suggestion_id NOT IN (SELECT suggestion_id "+where+"'negative')) FROM ("+trigger.ExamplesQuery+")", "true true 0")

	out := filepath.Join(l.t.TempDir(), "examples.jsonl")
	l.assay("examples", "export", "--domain="+domain, "--org=acme", "--out="+out)
	var m manifest
	text, err := os.ReadFile(out + ".manifest.json")
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil || !maps.Equal(m.Labels, count) || len(m.Excluded) > 0 || m.Domain != domain {
		l.t.Fatalf("want %v in manifest %+v, error %v", count, m, err)
	}
	lines, err := os.ReadFile(out)
	if sum := sha256.Sum256(lines); err != nil || m.SHA256 != hex.EncodeToString(sum[:]) {
		l.t.Fatalf("the manifest is of another file: %v", err)
	}
	for line := range bytes.Lines(lines) {
		var e example
		if err := json.Unmarshal(line, &e); err != nil || e.Label != l.rated[e.Suggestion] || e.Code != loopCode(e.Suggestion) || e.Probability != 1 {
			l.t.Fatalf("%+v, rated %s, error %v", e, l.rated[e.Suggestion], err)
		}
	}
}

func (l *loop) publish(events iter.Seq2[schemas.Event, error]) {
	l.t.Helper()
	p, _, err := l.direct.publisher(slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := publishAll(l.t.Context(), p, events, func() {}); err != nil {
		l.t.Fatal(err)
	}
	if err := p.Close(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// results writes what a candidate and its baseline did on 900 tasks.
func (l *loop) results() string {
	l.t.Helper()
	path := filepath.Join(l.t.TempDir(), "results.jsonl")
	f, err := os.Create(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer f.Close()
	out := json.NewEncoder(f)
	for i := range 900 {
		if err := out.Encode(map[string]any{"task_id": fmt.Sprint("task-", i), "candidate_passed": i < 740, "baseline_passed": i < 560 || i >= 740 && i < 800,
			"language": []string{"go", "python"}[i%2], "candidate_findings": 0, "baseline_findings": i % 7 / 6}); err != nil {
			l.t.Fatal(err)
		}
	}
	return path
}

// kill ends every service as a power cut does; each is started again.
func (l *loop) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.services {
		for _, p := range m.alive {
			p.end(syscall.SIGKILL, 0)
		}
	}
}

// assay runs a command against the installation that must succeed.
func (l *loop) assay(args ...string) string {
	l.t.Helper()
	out, errs, code := assay(l.t, args...)
	if code != 0 {
		l.t.Fatalf("assay %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// await waits until ClickHouse has a row like that.
func (l *loop) await(rows string) {
	l.t.Helper()
	l.retry("wait for "+rows, func() error {
		if got := l.row("SELECT count() > 0 FROM " + rows); got != "true" {
			return fmt.Errorf("there is none")
		}
		return nil
	})
}

func (l *loop) drained() {
	l.t.Helper()
	client, err := l.direct.client()
	if err != nil {
		l.t.Fatal(err)
	}
	l.retry("wait until everything is processed", func() error {
		drained, err := topology.Drained(l.t.Context(), client, l.topo)
		if err == nil && !drained {
			err = fmt.Errorf("the services are behind")
		}
		return err
	})
}

func (l *loop) retry(what string, try func() error) {
	l.t.Helper()
	if err := l.until(l.t.Context(), 90*time.Second, what, try); err != nil {
		logs, _ := filepath.Glob(filepath.Join(l.logs, "*.log"))
		for _, path := range logs {
			text, _ := os.ReadFile(path)
			l.t.Logf("%s:\n%s", filepath.Base(path), text[max(0, len(text)-1500):])
		}
		l.t.Fatal(err)
	}
}

func (l *loop) row(sql string) string {
	l.t.Helper()
	db, err := clickhouse.Open(l.t.Context(), l.direct.ClickHouse)
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Query(l.t.Context(), sql)
	if err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
	var rows []string
	for _, row := range result.Rows {
		var values []string
		for _, v := range row {
			if n, ok := v.(uint8); ok { // a condition
				v = n == 1
			}
			values = append(values, fmt.Sprint(v))
		}
		rows = append(rows, strings.Join(values, " "))
	}
	return strings.Join(rows, "; ")
}

func (l *loop) expect(sql, want string) {
	l.t.Helper()
	if got := l.row(sql); got != want {
		l.t.Errorf("%s\n got %s\nwant %s", sql, got, want)
	}
}
