package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/consumers/quality/evaluate"
	"github.com/assayhq/assay/schemas"
)

// evalTriggersCommand runs a rule's detector over streams of minute counts.
type evalTriggersCommand struct {
	evalFlags
	Rules string `type:"existingfile" placeholder:"FILE" help:"Rules; of them the first one that asks for a full retraining is run, or the first. Default: the built-in ones."`
}

// detection is a line of predictions: a call for a retraining, at the newest minute so far, with what it asked for then and when the same
// episode asked for a full retraining, at once or later.
type detection struct {
	Scenario string                `json:"scenario"`
	Key      string                `json:"key"`
	Fired    int64                 `json:"fired_minute"`
	Action   schemas.RetrainAction `json:"action"`
	Full     *int64                `json:"full_minute,omitempty"`
}

// triggersReport is what the command prints as JSON.
type triggersReport struct {
	Policy          string              `json:"policy"`
	Events          int64               `json:"events"`
	EventsPerSecond float64             `json:"events_per_second"`
	Scenarios       []*evaluate.Figures `json:"scenarios"`
}

// Help says what a line of predictions stands for.
func (*evalTriggersCommand) Help() string {
	return `A line of --out is an episode: fired_minute is the first call for any retraining, action what that call asked for.
Where a partial call was followed by the full one, the line has the minute of that as full_minute; it is no line of its own, so that
each episode counts once. "on blip" counts calls of any kind within the hour, "full on blip" those for a full retraining.`
}

func (c *evalTriggersCommand) Run() error {
	rules, err := readRules(c.Rules, quality.DefaultRules, quality.ParseRules)
	if err != nil {
		return err
	}
	out, err := newPredictionWriter(c.Out)
	if err != nil {
		return err
	}
	report := triggersReport{Policy: rules.Hash()}
	var busy time.Duration
	for _, path := range c.Cases {
		err := eachCase(path, func(s evaluate.Stream) error {
			if !(s.P0 > 0 && s.P0 < 1) {
				return fmt.Errorf("stream %s: p0 must be a rate between 0 and 1, is %v", s.Key, s.P0)
			}
			begin := time.Now()
			detections := detections(rules, s)
			busy += time.Since(begin)
			fires := make([]evaluate.Fire, len(detections))
			for i, d := range detections {
				fires[i] = evaluate.Fire{Minute: d.Fired, Full: d.Full}
				if err := out.Write(d); err != nil {
					return err
				}
			}
			for _, row := range s.Minutes {
				report.Events += row[1]
			}
			report.scenario(s.Scenario).Add(s, fires)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	for _, f := range report.Scenarios {
		f.Finish()
	}
	report.EventsPerSecond = float64(report.Events) / max(busy.Seconds(), 1e-9)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	report.print()
	return nil
}

// detections are what the rule calls for over the stream.
func detections(rules *quality.Rules, s evaluate.Stream) (fired []detection) {
	stream := quality.NewStream(rules, s.P0)
	clock := int64(0)
	for _, row := range s.Minutes {
		clock = max(clock, row[0])
		for _, call := range stream.Add(row[0], int(row[1]), int(row[2])) {
			if !call.Escalates {
				fired = append(fired, detection{Scenario: s.Scenario, Key: s.Key, Fired: clock, Action: call.Action})
			}
			if call.Action == schemas.RetrainActionFull {
				at := clock
				fired[len(fired)-1].Full = &at
			}
		}
	}
	return fired
}

func (r *triggersReport) scenario(name string) *evaluate.Figures {
	if i := slices.IndexFunc(r.Scenarios, func(f *evaluate.Figures) bool { return f.Scenario == name }); i >= 0 {
		return r.Scenarios[i]
	}
	f := &evaluate.Figures{Scenario: name}
	r.Scenarios = append(r.Scenarios, f)
	return f
}

func (r *triggersReport) print() {
	t := newTable(os.Stdout, "scenario", "keys", "events", "false", "per 10k", "missed", "median", "p90", "full", "on blip", "full on blip")
	show := func(x *float64, format string, factor float64) string {
		if x == nil {
			return ""
		}
		return fmt.Sprintf(format, factor**x)
	}
	for _, f := range r.Scenarios {
		missed := ""
		if f.Changes > 0 {
			missed = fmt.Sprint(f.Missed)
		}
		t.AppendRow([]any{
			f.Scenario, f.Keys, f.Exposed, f.FalseAlarms, show(f.FalsePer10k, "%.2f", 1), missed,
			show(f.Median, "%.0f", 1), show(f.P90, "%.0f", 1), show(f.FullMedian, "%.0f", 1), show(f.OnBlip, "%.0f %%", 100), show(f.FullOnBlip, "%.0f %%", 100),
		})
	}
	t.Render()
	fmt.Printf("%d events, %.0f events/s; policy %s\n", r.Events, r.EventsPerSecond, r.Policy)
}
