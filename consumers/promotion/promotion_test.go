package promotion

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

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
