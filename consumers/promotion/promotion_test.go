package promotion

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

const somePolicy = `alpha: 0.1
power: 0.8
expected_effect: 0.2
expected_discordance: 0.3
min_effect: 0.05
min_tasks: 30
approval: [production]
languages: {alpha: 0.1, min_tasks: 10}
security: {alpha: 0.1, min_tasks: 0}
`

func parse(t testing.TB, source string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// candidate feeds one candidate model.
type candidate struct {
	t         testing.TB
	fold      consumers.FoldFunc[State]
	state     *State
	offset    int64
	decisions []*schemas.PromotionDecision
}

func evaluate(t testing.TB, p *Policy) *candidate {
	return &candidate{t: t, fold: New(func() *Policy { return p })}
}

func event(kind schemas.EvalKind, set ...func(*schemas.EvalEvent)) *schemas.EvalEvent {
	e := &schemas.EvalEvent{
		Envelope: schemas.Envelope{OccurredAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Source: "pipeline", Org: "acme", Environment: schemas.EnvironmentDogfood},
		Kind:     kind, ModelID: "new", BaselineID: "old", RunID: "run-1", EpisodeID: "episode", Domain: "old|1|chat|go|rating",
	}
	for _, f := range set {
		f(e)
	}
	return e
}

func (c *candidate) try(e *schemas.EvalEvent) error {
	c.offset++
	if e.EventID == "" {
		e.EventID = fmt.Sprint("e", c.offset)
	}
	state, events, err := c.fold(c.state, consumers.Input{Event: e, Offset: c.offset})
	if err != nil {
		return err
	}
	c.state = state
	for _, d := range events {
		c.decisions = append(c.decisions, d.(*schemas.PromotionDecision))
	}
	return nil
}

func (c *candidate) feed(kind schemas.EvalKind, set ...func(*schemas.EvalEvent)) {
	c.t.Helper()
	if err := c.try(event(kind, set...)); err != nil {
		c.t.Fatal(err)
	}
}

func planned(n int) func(*schemas.EvalEvent) {
	return func(e *schemas.EvalEvent) { e.PlannedTasks = schemas.Some(int32(n)) }
}

func result(task int, candidate, baseline bool) func(*schemas.EvalEvent) {
	return func(e *schemas.EvalEvent) {
		e.TaskID, e.CandidatePassed, e.BaselinePassed = fmt.Sprint("task-", task), schemas.Some(candidate), schemas.Some(baseline)
	}
}

func in(environment schemas.Environment) func(*schemas.EvalEvent) {
	return func(e *schemas.EvalEvent) { e.Environment = environment }
}

func by(who, why string) func(*schemas.EvalEvent) {
	return func(e *schemas.EvalEvent) { e.ApproverToken, e.Reason = who, why }
}

// mixed feeds results of new tasks: so many of each cell, spread evenly.
func (c *candidate) mixed(both, won, lost, neither int, set ...func(*schemas.EvalEvent)) {
	c.t.Helper()
	var cells []int
	for cell, n := range []int{both, won, lost, neither} {
		cells = append(cells, slices.Repeat([]int{cell}, n)...)
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	for _, cell := range cells {
		c.feed(schemas.EvalTaskResult, append([]func(*schemas.EvalEvent){result(int(c.offset), cell <= 1, cell == 0 || cell == 2)}, set...)...)
	}
}

func (c *candidate) kinds() string {
	var s []string
	for _, d := range c.decisions {
		s = append(s, string(d.Kind))
	}
	return strings.Join(s, " ")
}

func TestARunIsDecidedWhenItEnds(t *testing.T) {
	p := parse(t, strings.Replace(somePolicy, "min_tasks: 30", "min_tasks: 9999", 1)) // no e-process
	n := p.RequiredTasks()
	if n < 40 || n > 60 {
		t.Fatalf("%d tasks required", n)
	}
	for name, test := range map[string]struct {
		planned               int // 0: not announced
		both, won, lost, none int
		want                  schemas.PromotionKind
		reason                string
	}{
		"win":          {n, n - 20, 14, 5, 1, schemas.PromotionPromote, "solves 14 tasks"},
		"no more":      {n, n - 20, 10, 9, 1, schemas.PromotionKeep, "under the 0.05"},
		"worse":        {n, n - 20, 4, 15, 1, schemas.PromotionKeep, "under the 0.05"},
		"chance":       {n, n - 20, 11, 6, 3, schemas.PromotionKeep, "isn't surely better"},
		"unfinished":   {n + 1, n - 20, 14, 5, 1, schemas.PromotionKeep, fmt.Sprintf("%d of %d planned", n, n+1)},
		"too few":      {n - 1, n - 20, 13, 5, 1, schemas.PromotionKeep, "power needs"},
		"no plan":      {0, n - 20, 14, 5, 1, schemas.PromotionKeep, "announce"},
		"nothing":      {n, 0, 0, 0, 0, schemas.PromotionKeep, "under the 0.05"},
		"small effect": {2000, 1900, 30, 10, 60, schemas.PromotionKeep, "difference of 0.0100 is under"},
	} {
		t.Run(name, func(t *testing.T) {
			c := evaluate(t, p)
			if test.planned > 0 {
				c.feed(schemas.EvalRunStarted, planned(test.planned))
			}
			c.mixed(test.both, test.won, test.lost, test.none)
			c.feed(schemas.EvalRunFinished)
			if len(c.decisions) != 1 {
				t.Fatalf("decided %q", c.kinds())
			}
			d := c.decisions[0]
			if d.Kind != test.want || !strings.Contains(d.Reason, test.reason) || d.Test != "mcnemar_exact" {
				t.Errorf("%s by %s because %q, want %s because %q", d.Kind, d.Test, d.Reason, test.want, test.reason)
			}
			if d.Tasks.Value != int64(test.both+test.won+test.lost+test.none) || d.CandidateOnly.Value != int64(test.won) || d.BaselineOnly.Value != int64(test.lost) {
				t.Errorf("table %+v", d)
			}
			if d.ModelID != "new" || d.BaselineID != "old" || d.EpisodeID != "episode" || d.Domain != "old|1|chat|go|rating" || d.PolicyHash != p.Hash() ||
				d.RequiredTasks.Value != int64(n) || d.CausedBy != fmt.Sprint("e", c.offset) || d.Org != "acme" || d.Source != Name {
				t.Errorf("decision %+v", d)
			}
			if d.EffectLower.Value > d.Effect.Value || d.EffectUpper.Value < d.Effect.Value {
				t.Errorf("effect %v in [%v, %v]", d.Effect.Value, d.EffectLower.Value, d.EffectUpper.Value)
			}
			before := len(c.state.Open)
			c.feed(schemas.EvalTaskResult, result(9999, true, false))
			c.feed(schemas.EvalRunFinished)
			if len(c.decisions) != 1 || before != 0 || len(c.state.Open) != 0 {
				t.Errorf("decided again: %q", c.kinds())
			}
		})
	}
}

func TestAnOverwhelmingWinIsPromotedBeforeTheEnd(t *testing.T) {
	c := evaluate(t, parse(t, somePolicy))
	c.feed(schemas.EvalRunStarted, planned(5000))
	for i := range 29 {
		c.feed(schemas.EvalTaskResult, result(i, true, false))
	}
	if c.kinds() != "" {
		t.Fatalf("%s before the 30 tasks that the policy asks for", c.kinds())
	}
	c.feed(schemas.EvalTaskResult, result(30, true, true))
	d := c.decisions[0]
	if c.kinds() != "promote" || d.Test != "e_process" || d.EValue.Value < 20 || d.Tasks.Value != 30 {
		t.Errorf("%s: %+v", c.kinds(), d)
	}
}

func TestRepeatedResultsCountOnce(t *testing.T) {
	c := evaluate(t, parse(t, somePolicy))
	c.feed(schemas.EvalRunStarted, planned(60))
	for range 200 {
		c.feed(schemas.EvalTaskResult, result(1, true, false))
	}
	c.feed(schemas.EvalTaskResult, result(1, false, true)) // the first result counts
	c.feed(schemas.EvalRunFinished)
	if d := c.decisions[0]; d.Kind != schemas.PromotionKeep || d.Tasks.Value != 1 || d.CandidateOnly.Value != 1 || d.Attributes["repeats"] != "200" {
		t.Errorf("%+v", d)
	}
}

func TestAPersonApprovesWhereThePolicySaysSo(t *testing.T) {
	p := parse(t, somePolicy)
	for name, test := range map[string]struct {
		kind schemas.EvalKind
		want string
	}{
		"approved": {schemas.EvalApproved, "awaiting_approval promote"},
		"rejected": {schemas.EvalRejected, "awaiting_approval keep"},
	} {
		c := evaluate(t, p)
		c.feed(schemas.EvalRunStarted, planned(p.RequiredTasks()), in(schemas.EnvironmentProduction))
		early := event(schemas.EvalApproved, in(schemas.EnvironmentProduction), by("ada", ""))
		if err := c.try(early); err == nil || !strings.Contains(err.Error(), "nothing awaits") {
			t.Errorf("approved before there was a win: %v", err)
		}
		c.mixed(p.RequiredTasks()-20, 15, 5, 0, in(schemas.EnvironmentProduction))
		c.feed(schemas.EvalRunFinished, in(schemas.EnvironmentProduction))
		c.feed(schemas.EvalRunFinished, in(schemas.EnvironmentProduction))
		if err := c.try(event(test.kind, in(schemas.EnvironmentProduction))); err == nil || !strings.Contains(err.Error(), "approver_token") {
			t.Errorf("%s by nobody: %v", name, err)
		}
		c.feed(test.kind, in(schemas.EnvironmentProduction), by("ada", "looked at the diffs"))
		if c.kinds() != test.want {
			t.Fatalf("%s: %q, want %q", name, c.kinds(), test.want)
		}
		wait, final := c.decisions[0], c.decisions[1]
		if final.ApproverToken != "ada" || final.Reason != name+": looked at the diffs" || final.PValue != wait.PValue || final.CandidateOnly != wait.CandidateOnly || final.EventID == wait.EventID {
			t.Errorf("%s: %+v", name, final)
		}
		if err := c.try(event(test.kind, in(schemas.EnvironmentProduction), by("bob", ""))); err == nil || !strings.Contains(err.Error(), "decided before") {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

func TestAPersonMayRejectARunThatIsUnderWay(t *testing.T) {
	c := evaluate(t, parse(t, somePolicy))
	c.feed(schemas.EvalTaskResult, result(1, true, false))
	c.feed(schemas.EvalRejected, by("ada", "wrong data"))
	if d := c.decisions[0]; c.kinds() != "keep" || d.Reason != "rejected: wrong data" || d.Tasks.Value != 1 || len(c.state.Open) != 0 {
		t.Errorf("%s: %+v", c.kinds(), d)
	}
}

func TestGuards(t *testing.T) {
	spoken := func(language string) func(*schemas.EvalEvent) {
		return func(e *schemas.EvalEvent) { e.Language = language }
	}
	scanned := func(candidate, baseline int32) func(*schemas.EvalEvent) {
		return func(e *schemas.EvalEvent) {
			e.CandidateFindings, e.BaselineFindings = schemas.Some(candidate), schemas.Some(baseline)
		}
	}
	measured := strings.Replace(somePolicy, "security: {alpha: 0.1, min_tasks: 0}", "security: {alpha: 0.1, min_tasks: 50}", 1)
	for name, test := range map[string]struct {
		policy string
		feed   func(c *candidate)
		want   []string
	}{
		"none": {somePolicy, func(c *candidate) { c.mixed(20, 40, 10, 20, spoken("go")) }, nil},
		"language": {somePolicy, func(c *candidate) {
			c.mixed(10, 1, 9, 5, spoken("rust"))
			c.mixed(10, 60, 2, 20, spoken("go"))
		}, []string{"language:rust"}},
		"few tasks of a language": {somePolicy, func(c *candidate) {
			c.mixed(0, 0, 9, 0, spoken("rust"))
			c.mixed(10, 60, 2, 20, spoken("go"))
		}, nil},
		"security": {somePolicy, func(c *candidate) {
			c.mixed(6, 0, 0, 0, scanned(2, 1))
			c.mixed(20, 60, 2, 10, scanned(0, 0))
		}, []string{"security"}},
		"as many findings": {somePolicy, func(c *candidate) {
			c.mixed(6, 0, 0, 0, scanned(2, 1))
			c.mixed(5, 0, 0, 0, scanned(0, 1))
			c.mixed(20, 60, 2, 10)
		}, nil},
		"unmeasured": {measured, func(c *candidate) {
			c.mixed(10, 0, 0, 0, scanned(0, 0))
			c.mixed(20, 60, 2, 10)
		}, []string{"security:unmeasured"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := evaluate(t, parse(t, test.policy))
			c.feed(schemas.EvalRunStarted, planned(60))
			test.feed(c)
			c.feed(schemas.EvalRunFinished)
			d := c.decisions[0]
			if want := len(test.want) == 0; (d.Kind == schemas.PromotionPromote) != want || !slices.Equal(d.Regressions, test.want) {
				t.Errorf("%s, %v, %q; guards that should fail: %v", d.Kind, d.Regressions, d.Reason, test.want)
			}
		})
	}
}

func TestBadStepsAreErrors(t *testing.T) {
	started := func(e *schemas.EvalEvent) { e.Kind, e.PlannedTasks = schemas.EvalRunStarted, schemas.Some(int32(60)) }
	for says, spoil := range map[string]func(*schemas.EvalEvent){
		"run_id":           func(e *schemas.EvalEvent) { e.RunID = "" },
		"model_id":         func(e *schemas.EvalEvent) { e.ModelID = "" },
		"task_id":          func(e *schemas.EvalEvent) { e.TaskID = "" },
		"both needed":      func(e *schemas.EvalEvent) { e.BaselinePassed = schemas.Opt[bool]{} },
		"negative":         func(e *schemas.EvalEvent) { e.CandidateFindings = schemas.Some(int32(-1)) },
		"same model":       func(e *schemas.EvalEvent) { e.BaselineID = "new" },
		"another baseline": func(e *schemas.EvalEvent) { e.BaselineID = "older" },
		"plan once":        func(e *schemas.EvalEvent) { started(e); e.PlannedTasks.Value = 61 },
		"at least 1":       func(e *schemas.EvalEvent) { started(e); e.PlannedTasks = schemas.Opt[int32]{} },
		"not known":        func(e *schemas.EvalEvent) { e.Kind = schemas.EvalUnknown },
	} {
		c := evaluate(t, parse(t, somePolicy))
		c.feed(schemas.EvalRunStarted, planned(60))
		c.feed(schemas.EvalTaskResult, result(1, true, true))
		before, _ := json.Marshal(c.state)
		err := c.try(event(schemas.EvalTaskResult, result(2, true, false), spoil))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
		if after, _ := json.Marshal(c.state); string(after) != string(before) {
			t.Errorf("%s: the state changed", says)
		}
	}
	for says, e := range map[string]*schemas.EvalEvent{
		"baseline_id is missing": event(schemas.EvalTaskResult, result(1, true, true), func(e *schemas.EvalEvent) { e.BaselineID = "" }),
	} {
		if err := evaluate(t, parse(t, somePolicy)).try(e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, _, err := New(DefaultPolicy)(nil, consumers.Input{Event: new(schemas.Finding)}); err == nil {
		t.Error("a finding was accepted")
	}
	late := evaluate(t, parse(t, somePolicy))
	late.feed(schemas.EvalTaskResult, result(1, true, true))
	if err := late.try(event(schemas.EvalRunStarted, planned(60))); err == nil || !strings.Contains(err.Error(), "before them") {
		t.Errorf("planned after the first result: %v", err)
	}
}

func TestOpenRunsAreBounded(t *testing.T) {
	c := evaluate(t, parse(t, somePolicy))
	named := func(i int) func(*schemas.EvalEvent) {
		return func(e *schemas.EvalEvent) { e.RunID = fmt.Sprint("run-", i) }
	}
	for i := range maxOpen {
		c.feed(schemas.EvalRunStarted, planned(60), named(i))
	}
	if err := c.try(event(schemas.EvalRunStarted, planned(60), named(maxOpen))); err == nil {
		t.Error("another run was opened")
	}
	for i := range 2 * maxDone {
		c.feed(schemas.EvalRejected, by("ada", ""), named(i))
	}
	if len(c.state.Open) != 0 || len(c.state.Done) != maxDone || len(c.decisions) != 2*maxDone {
		t.Errorf("%d open, %d decided, %d decisions", len(c.state.Open), len(c.state.Done), len(c.decisions))
	}
}

// Organisations and environments may evaluate the same candidate under the same name of a run.
func TestPlacesAreApart(t *testing.T) {
	c := evaluate(t, parse(t, somePolicy))
	for _, e := range []schemas.Environment{schemas.EnvironmentDogfood, schemas.EnvironmentCanary} {
		c.feed(schemas.EvalTaskResult, result(1, true, false), in(e))
		c.feed(schemas.EvalRunFinished, in(e))
	}
	if c.kinds() != "keep keep" || c.decisions[0].EventID == c.decisions[1].EventID {
		t.Errorf("%s", c.kinds())
	}
}

// A state that went through the changelog decides as the one that didn't, and a second run over the same events gives the same ids.
func TestStateSurvivesTheChangelog(t *testing.T) {
	p := parse(t, somePolicy)
	rapid.Check(t, func(rt *rapid.T) {
		kept, stored := evaluate(t, p), evaluate(t, p)
		for i := range rapid.IntRange(1, 120).Draw(rt, "events") {
			e := event(rapid.SampledFrom([]schemas.EvalKind{schemas.EvalTaskResult, schemas.EvalTaskResult, schemas.EvalTaskResult, schemas.EvalTaskResult,
				schemas.EvalRunStarted, schemas.EvalRunFinished, schemas.EvalApproved}).Draw(rt, "kind"),
				planned(40), by("ada", ""), result(rapid.IntRange(0, 60).Draw(rt, "task"), rapid.IntRange(0, 9).Draw(rt, "candidate") > 0, rapid.Bool().Draw(rt, "baseline")))
			e.RunID, e.EventID = fmt.Sprint(rapid.IntRange(0, 1).Draw(rt, "run")), fmt.Sprint(i)
			e.Language = rapid.SampledFrom([]string{"", "go", "rust"}).Draw(rt, "language")
			e.Environment = rapid.SampledFrom(environments).Draw(rt, "environment")
			a, b := kept.try(e), stored.try(e)
			if (a == nil) != (b == nil) {
				rt.Fatalf("%v, then %v", a, b)
			}
			text, err := json.Marshal(stored.state)
			if err != nil {
				rt.Fatal(err)
			}
			stored.state = nil
			if string(text) != "null" {
				stored.state = new(State)
				if err := json.Unmarshal(text, stored.state); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if !reflect.DeepEqual(kept.decisions, stored.decisions) {
			rt.Fatalf("decided %s, through JSON %s", kept.kinds(), stored.kinds())
		}
		seen := map[string]bool{}
		for _, d := range kept.decisions {
			if seen[d.EventID] {
				rt.Fatalf("%s was published twice", d.EventID)
			}
			seen[d.EventID] = true
		}
	})
}

// Candidates that are no better are promoted with probability alpha at most, though results are looked at one by one and
// again at the end; those that are better by what the policy expects, with its power at least.
func TestFalsePromotionsAndPower(t *testing.T) {
	p := parse(t, somePolicy)
	const runs = 1500
	promoted := func(won, lost float64, seed uint64) float64 {
		random, n := rand.New(rand.NewPCG(seed, 1)), 0
		for range runs {
			c := evaluate(t, p)
			c.feed(schemas.EvalRunStarted, planned(p.RequiredTasks()))
			for i := range p.RequiredTasks() {
				u := random.Float64()
				c.feed(schemas.EvalTaskResult, result(i, u < won || u > 0.7, u >= won && u < won+lost || u > 0.7))
			}
			c.feed(schemas.EvalRunFinished)
			if c.decisions[0].Kind == schemas.PromotionPromote {
				n++
			}
			if len(c.decisions) != 1 {
				t.Fatalf("decided %q", c.kinds())
			}
		}
		return float64(n) / runs
	}
	noise := func(rate float64) float64 { return 3 * math.Sqrt(rate*(1-rate)/runs) }
	if rate := promoted(0.15, 0.15, 1); rate > p.Alpha+noise(p.Alpha) || rate == 0 {
		t.Errorf("%v of candidates that are no better are promoted, alpha is %v", rate, p.Alpha)
	} else {
		t.Logf("%v of %d candidates that are no better are promoted, alpha is %v", rate, runs, p.Alpha)
	}
	if rate := promoted(0.25, 0.05, 2); rate < p.Power-noise(p.Power) {
		t.Errorf("%v of candidates that are as much better as expected are promoted, power is %v", rate, p.Power)
	} else {
		t.Logf("%v of %d candidates that are better by 0.2 are promoted, power is %v", rate, runs, p.Power)
	}
}

func BenchmarkFold(b *testing.B) {
	c := evaluate(b, DefaultPolicy())
	c.feed(schemas.EvalRunStarted, planned(10_000))
	events := make([]*schemas.EvalEvent, 10_000)
	for i := range events {
		events[i] = event(schemas.EvalTaskResult, result(i, i%3 > 0, i%3 > 0), func(e *schemas.EvalEvent) { e.Language = "go" })
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := c.try(events[i%len(events)]); err != nil {
			b.Fatal(err)
		}
	}
}
