package quality

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func parse(t testing.TB, source string) *Rules {
	t.Helper()
	rules, err := ParseRules([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// domain feeds one domain.
type domain struct {
	t        testing.TB
	fold     consumers.FoldFunc[State]
	state    *State
	offset   int64
	triggers []*schemas.RetrainTrigger
}

func watch(t testing.TB, rules *Rules) *domain { return &domain{t: t, fold: New(always(rules))} }

func always(rules *Rules) func() *Rules { return func() *Rules { return rules } }

// place is the only place of the domain's state.
func (s *State) only() *place {
	for _, p := range s.Places {
		return p
	}
	return new(place)
}

func input(offset int64, at time.Time, failed bool) consumers.Input {
	o := &schemas.Outcome{
		Envelope: schemas.Envelope{EventID: fmt.Sprint("o", offset), OccurredAt: at, Source: "outcomes", Org: "acme", Environment: schemas.EnvironmentCanary},
		Kind:     schemas.OutcomeSuccess, Domain: "gpt-4|1|chat|go|retention", Category: "retention", Signal: "survived", Weight: 1,
		CausedBy: fmt.Sprint("c", offset), CauseTopic: "assistant.code", Model: "gpt-4", ModelVersion: "1", Feature: "chat", Language: "go",
	}
	if failed {
		o.Kind, o.Signal = schemas.OutcomeFailure, "lost"
	}
	return consumers.Input{Event: o, Topic: "quality.outcomes", Partition: 3, Offset: offset}
}

func (d *domain) feed(in consumers.Input) {
	d.t.Helper()
	state, events, err := d.fold(d.state, in)
	if err != nil {
		d.t.Fatal(err)
	}
	d.state = state
	for _, e := range events {
		d.triggers = append(d.triggers, e.(*schemas.RetrainTrigger))
	}
}

// at feeds one outcome, so long after start.
func (d *domain) at(after time.Duration, failed bool) {
	d.t.Helper()
	d.offset++
	d.feed(input(d.offset, start.Add(after), failed))
}

// every feeds n outcomes, a minute apart from the given time on, of which each period-th fails; 0: none.
func (d *domain) every(from time.Duration, n, period int) time.Duration {
	d.t.Helper()
	for i := range n {
		d.at(from, period > 0 && i%period == period-1)
		from += time.Minute
	}
	return from
}

func (d *domain) kinds() string {
	var s []string
	for _, t := range d.triggers {
		s = append(s, string(t.Kind))
	}
	return strings.Join(s, " ")
}

func (d *domain) late() int64 {
	var n int64
	for _, t := range d.state.only().Trackers {
		n += t.Late
	}
	return n
}

func TestEpisode(t *testing.T) {
	d := watch(t, parse(t, someRule))
	now := d.every(0, 300, 20)
	if d.kinds() != "" {
		t.Fatalf("%s at half the slo", d.kinds())
	}
	changed := d.offset
	for d.kinds() == "" && d.offset < changed+200 {
		now = d.every(now, 4, 4)
	}
	if d.kinds() != "fired" || d.offset-changed > 100 {
		t.Fatalf("%q after %d events at 25 %%", d.kinds(), d.offset-changed)
	}
	fired := d.triggers[0]
	now = d.every(now, 400, 4)
	if d.kinds() != "fired" {
		t.Fatalf("%s while it is bad", d.kinds())
	}
	fixed := d.offset
	for d.kinds() == "fired" && d.offset < fixed+500 {
		now = d.every(now, 20, 20)
	}
	if d.kinds() != "fired cleared" || d.offset-fixed > 220 {
		t.Fatalf("%s %d events after the fix", d.kinds(), d.offset-fixed)
	}
	cleared := d.triggers[1]
	if cleared.EpisodeID != fired.EpisodeID || cleared.EventID == fired.EventID || cleared.RateUpper >= 0.1 {
		t.Errorf("cleared %+v", cleared)
	}

	for quiet := cleared.OccurredAt.Add(time.Hour); start.Add(now).Before(quiet); {
		now = d.every(now, 1, 1)
	}
	if d.kinds() != "fired cleared" {
		t.Fatalf("%s within the cool-down", d.kinds())
	}
	d.every(now, 60, 2)
	if d.kinds() != "fired cleared fired" || d.triggers[2].EpisodeID == fired.EpisodeID {
		t.Errorf("%s after the cool-down", d.kinds())
	}
}

func TestEvidence(t *testing.T) {
	rules := parse(t, someRule)
	d := watch(t, rules)
	now := d.every(0, 100, 20)
	for d.kinds() == "" {
		now = d.every(now, 1, 1)
	}
	got := d.triggers[0]
	deciding := got.LastOffset
	if deciding != d.offset || got.InputPartition != 3 || got.InputTopic != "quality.outcomes" || got.FirstOffset >= deciding {
		t.Errorf("offsets %d to %d of %s/%d, deciding one %d", got.FirstOffset, got.LastOffset, got.InputTopic, got.InputPartition, d.offset)
	}
	if got.Rate <= got.SLO || got.RateLower <= got.SLO || got.RateUpper <= got.Rate || got.Failures/got.Events != got.Rate || got.Statistic <= 3 {
		t.Errorf("rate %v in [%v, %v], %v of %v, statistic %v", got.Rate, got.RateLower, got.RateUpper, got.Failures, got.Events, got.Statistic)
	}
	if before := got.RateBefore; !before.Set || before.Value > 0.1 {
		t.Errorf("rate before %v", before)
	}
	if n := float64(deciding - got.FirstOffset + 1); n != got.Events {
		t.Errorf("%v events between the offsets, %v counted", n, got.Events)
	}
	if !got.WindowEnd.Equal(start.Add(now-time.Minute)) || !got.OccurredAt.Equal(got.WindowEnd) || !got.WindowStart.Before(got.WindowEnd) {
		t.Errorf("window %v to %v", got.WindowStart, got.WindowEnd)
	}
	if n := len(got.WorstEventIDs); n != int(min(got.Failures, worst)) || got.WorstEventIDs[n-1] != fmt.Sprint("c", deciding) {
		t.Errorf("worst %v", got.WorstEventIDs)
	}
	if got.Domain != "gpt-4|1|chat|go|retention" || got.Category != "retention" || got.Model != "gpt-4" || got.Language != "go" ||
		got.RuleID != "retention" || got.PolicyHash != rules.Hash() || got.Action != schemas.RetrainActionPartial || got.Severity != schemas.SeverityHigh ||
		got.Source != "quality" || got.Org != "acme" || got.Environment != schemas.EnvironmentCanary || got.Detector != "wilson_window" {
		t.Errorf("%+v", got)
	}
	want := "SELECT occurred_at, signal, caused_by, cause_topic, suggestion_id FROM outcomes WHERE domain = 'gpt-4|1|chat|go|retention' AND org = 'acme' AND environment = 'canary' AND " +
		fmt.Sprintf("kind = 'failure' AND occurred_at BETWEEN fromUnixTimestamp64Milli(%d, 'UTC') AND fromUnixTimestamp64Milli(%d, 'UTC') ORDER BY occurred_at",
			got.WindowStart.UnixMilli(), got.WindowEnd.UnixMilli())
	if got.ExamplesQuery != want {
		t.Errorf("query %s", got.ExamplesQuery)
	}
	if got.Attributes["late"] != "0" || got.Attributes["limit"] != "0.1" || got.Attributes["z"] != "3" {
		t.Errorf("attributes %v", got.Attributes)
	}
}

func TestFewEventsDecideNothing(t *testing.T) {
	d := watch(t, parse(t, someRule))
	d.every(0, 29, 1)
	if d.kinds() != "" {
		t.Errorf("%s after 29 events, 30 are required", d.kinds())
	}
	d.at(time.Hour, true)
	if d.kinds() != "fired" {
		t.Errorf("%q after 30 failures", d.kinds())
	}
}

func TestOldEventsLeaveTheWindow(t *testing.T) {
	d := watch(t, parse(t, someRule))
	d.every(0, 29, 1)
	d.at(7*time.Hour, true)
	if w := d.state.only().Trackers["retention"].Window; d.kinds() != "" || len(w) != 1 {
		t.Errorf("%q, %d buckets: failures from before the window count", d.kinds(), len(w))
	}
}

func TestLateEventsAreCountedAsLate(t *testing.T) {
	d := watch(t, parse(t, someRule))
	d.at(time.Hour, false)
	d.at(time.Hour-15*time.Minute, false) // just in time
	d.at(time.Hour-15*time.Minute-time.Millisecond, true)
	if got := d.late(); got != 1 {
		t.Errorf("%d late, want 1", got)
	}
	var n int64
	for _, b := range d.state.only().Trackers["retention"].Window {
		n += b.n
	}
	if n != 2*weightUnit {
		t.Errorf("%d hundredths counted, want 200", n)
	}
}

func TestClockAheadOfTheLog(t *testing.T) {
	d := watch(t, parse(t, someRule))
	in := input(1, start.Add(20*time.Hour), false)
	in.LogTime = start
	d.feed(in)
	in = input(2, start.Add(-time.Minute), false)
	in.LogTime = start
	d.feed(in)
	if d.late() != 0 || d.state.only().Watermark != start.UnixMilli() {
		t.Errorf("%d late, watermark %d: a clock that runs ahead makes the others late", d.late(), d.state.only().Watermark)
	}
}

func TestWeightsOfManySayLess(t *testing.T) {
	var same, mixed tally
	for i := range 100 {
		same.add(observation{weight: 500, failed: i%2 == 0})
		mixed.add(observation{weight: 100 + int64(i%2)*900, failed: i%2 == 0})
	}
	if same.size() != 100 || same.rate() != 0.5 {
		t.Errorf("100 observations of weight 5: size %v, rate %v", same.size(), same.rate())
	}
	if size := mixed.size(); size < 59 || size > 60 || mixed.rate() != 50.0/550 {
		t.Errorf("weights 1 and 10: size %v, rate %v", size, mixed.rate())
	}
}

func TestBadOutcomesAreErrors(t *testing.T) {
	fold := New(always(parse(t, someRule)))
	for name, spoil := range map[string]func(*schemas.Outcome){
		"kind":   func(o *schemas.Outcome) { o.Kind = schemas.OutcomeUnknown },
		"zero":   func(o *schemas.Outcome) { o.Weight = 0 },
		"heavy":  func(o *schemas.Outcome) { o.Weight = 10_001 },
		"no NaN": func(o *schemas.Outcome) { o.Weight = nan() },
	} {
		in := input(1, start, false)
		spoil(in.Event.(*schemas.Outcome))
		state := &State{Places: map[string]*place{"canary/acme": {Watermark: 5}}}
		if got, events, err := fold(state, in); err == nil || len(events) != 0 || got != state || state.only().Watermark != 5 {
			t.Errorf("%s: state %+v, %d events, error %v", name, got, len(events), err)
		}
	}
	if _, _, err := fold(nil, consumers.Input{Event: new(schemas.Finding)}); err == nil {
		t.Error("a finding was accepted")
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestUnwatchedDomainHasNoState(t *testing.T) {
	fold := New(always(parse(t, someRule)))
	in := input(1, start, true)
	in.Event.(*schemas.Outcome).Category = "acceptance"
	if state, events, err := fold(nil, in); state != nil || events != nil || err != nil {
		t.Errorf("state %+v, events %v, error %v", state, events, err)
	}
}

func TestRulesThatAreGoneAreForgotten(t *testing.T) {
	d := watch(t, parse(t, someRule))
	d.every(0, 5, 2)
	d.fold = New(always(parse(t, strings.Replace(someRule, "id: retention", "id: keep", 1))))
	d.every(time.Hour, 1, 0)
	if _, ok := d.state.only().Trackers["keep"]; !ok || len(d.state.only().Trackers) != 1 {
		t.Errorf("trackers %v", d.state.only().Trackers)
	}
}
