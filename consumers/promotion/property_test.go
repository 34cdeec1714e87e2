package promotion

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/schemas"
)

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
