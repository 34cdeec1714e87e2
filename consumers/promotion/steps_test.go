package promotion

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

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
