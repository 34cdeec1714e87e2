// Package promotion is the service promotion: it follows evaluations of candidate models on hold-out tasks and says, once a run, whether the
// candidate may replace its baseline, with the test that decided. It must not know how tasks are run or models deployed.
package promotion

import (
	"errors"
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "promotion"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.EvalEventRecord.Topic},
		Outputs: []string{schemas.PromotionDecisionRecord.Topic},
		Doc:     "Decides, from paired results on hold-out tasks, whether a candidate model may replace its baseline.",
	}
}

// New returns the service's function. It asks for the policy in force once per input, so that another goroutine may replace it between
// any two. The function changes the state that it is given, except where it returns an error.
func New(policy func() *Policy) consumers.FoldFunc[State] {
	return func(state *State, in consumers.Input) (*State, []schemas.Event, error) {
		e, ok := in.Event.(*schemas.EvalEvent)
		if !ok {
			return state, nil, fmt.Errorf("evaluate %s: not a step of an evaluation", in.Event.Record().Name)
		}
		if state == nil {
			state = new(State)
		}
		key := runKey(e)
		r, err := state.run(key, e)
		if err != nil {
			return state, nil, fmt.Errorf("evaluation: %w", err)
		}
		if r == nil {
			return state, nil, nil
		}
		d := r.step(policy(), e)
		if state.Open == nil {
			state.Open = map[string]*run{}
		}
		state.Open[key] = r
		if d == nil {
			return state, nil, nil
		}
		if d.Kind != schemas.PromotionAwaitingApproval {
			state.conclude(key)
		}
		return state, []schemas.Event{d}, nil
	}
}

// run returns the run that the event belongs to; nil where it is decided and the event comes too late to matter. It changes nothing.
func (s *State) run(key string, e *schemas.EvalEvent) (*run, error) {
	human := e.Kind == schemas.EvalApproved || e.Kind == schemas.EvalRejected
	r := s.Open[key]
	switch {
	case e.RunID == "":
		return nil, errors.New("run_id is missing")
	case e.ModelID == "":
		return nil, errors.New("model_id is missing")
	case s.done(key) && human:
		return nil, errors.New("the run was decided before")
	case s.done(key):
		return nil, nil
	case r == nil && len(s.Open) >= maxOpen:
		return nil, fmt.Errorf("%d runs of the candidate are undecided, which is the most: finish or reject one", maxOpen)
	case r == nil:
		r = new(run)
	}
	switch baseline := e.BaselineID; {
	case baseline == "" && r.Baseline == "":
		return nil, errors.New("baseline_id is missing: say it when the run starts")
	case baseline == e.ModelID:
		return nil, errors.New("candidate and baseline are the same model")
	case baseline != "" && r.Baseline != "" && baseline != r.Baseline:
		return nil, errors.New("the run began with another baseline")
	case human && e.ApproverToken == "":
		return nil, errors.New("approver_token is missing: say who decided")
	}
	switch e.Kind {
	case schemas.EvalRunStarted:
		if n := int(e.PlannedTasks.Value); n < 1 {
			return nil, errors.New("planned_tasks must be at least 1")
		} else if r.Planned > 0 && n != r.Planned {
			return nil, fmt.Errorf("planned_tasks was %d before and is %d now: plan once", r.Planned, n)
		} else if r.All.Tasks() > 0 && r.Planned == 0 {
			return nil, errors.New("the run has results already: announce planned_tasks before them")
		}
	case schemas.EvalTaskResult:
		switch {
		case e.TaskID == "":
			return nil, errors.New("task_id is missing")
		case !e.CandidatePassed.Set || !e.BaselinePassed.Set:
			return nil, errors.New("candidate_passed and baseline_passed are both needed: a task that a model didn't finish is one that it didn't solve")
		case e.CandidateFindings.Value < 0 || e.BaselineFindings.Value < 0:
			return nil, errors.New("a number of findings is negative")
		case s.results() >= maxTasks:
			return nil, fmt.Errorf("the candidate's undecided runs have %d results, which is the most: finish or reject one", maxTasks)
		}
	case schemas.EvalApproved:
		if r.Awaiting == nil {
			return nil, errors.New("nothing awaits approval: a person approves a win, not a run")
		}
	case schemas.EvalRunFinished, schemas.EvalRejected:
	default:
		return nil, fmt.Errorf("kind %q is not known", e.Kind)
	}
	return r, nil
}

// step applies an event that run let pass, and returns the decision that it brings about; nil: none.
func (r *run) step(p *Policy, e *schemas.EvalEvent) *schemas.PromotionDecision {
	if r.Baseline == "" {
		r.Baseline = e.BaselineID
	}
	if r.Domain == "" && r.Episode == "" {
		r.Domain, r.Episode = e.Domain, e.EpisodeID
	}
	switch e.Kind {
	case schemas.EvalRunStarted:
		r.Planned = int(e.PlannedTasks.Value)
	case schemas.EvalTaskResult:
		if r.Awaiting != nil {
			return nil // decided on what was known, but for the person
		}
		if !r.Seen.insert(e.TaskID) {
			r.Repeats++
			return nil
		}
		r.add(e)
		if v := r.judge(p, false); v.Win {
			return r.win(p, e, v)
		}
	case schemas.EvalRunFinished:
		if r.Awaiting != nil {
			return nil
		}
		v := r.judge(p, true)
		if v.Win {
			return r.win(p, e, v)
		}
		return r.decision(e, schemas.PromotionKeep, v)
	case schemas.EvalApproved:
		v := *r.Awaiting
		v.Reason = because("approved", e)
		return r.decision(e, schemas.PromotionPromote, v)
	case schemas.EvalRejected:
		v := r.judge(p, true)
		if r.Awaiting != nil {
			v = *r.Awaiting
		}
		v.Reason = because("rejected", e)
		return r.decision(e, schemas.PromotionKeep, v)
	}
	return nil
}

// win promotes, or asks for approval.
func (r *run) win(p *Policy, e *schemas.EvalEvent, v verdict) *schemas.PromotionDecision {
	if !p.approves(e.Environment) {
		return r.decision(e, schemas.PromotionPromote, v)
	}
	r.Awaiting = &v
	return r.decision(e, schemas.PromotionAwaitingApproval, v)
}

func because(what string, e *schemas.EvalEvent) string {
	if e.Reason == "" {
		return what
	}
	return what + ": " + e.Reason
}
