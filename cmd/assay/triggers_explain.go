package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/schemas"
)

type triggersExplainCommand struct {
	ID    string `arg:"" name:"id" help:"Event id of the trigger; 'assay triggers list' shows them. Put -- before one that begins with a dash."`
	Rules string `type:"path" env:"ASSAY_RULES" placeholder:"FILE" help:"Rules that decided; default: the built-in ones."`
	dataFolder
	topics
	clickhouseFlags
	JSON bool `name:"json" help:"Print the result as JSON."`
}

// explanation is a trigger with what it comes to when computed again.
type explanation struct {
	ID     string       `json:"trigger"`
	Domain string       `json:"domain"`
	Kind   string       `json:"kind"`
	Why    string       `json:"why"`
	Facts  []fact       `json:"facts"`
	Agrees bool         `json:"agrees"`
	Read   outcomesRead `json:"outcomes"` // of the domain, up to the trigger's last offset
	Notes  []string     `json:"notes"`
	Review *reviewed    `json:"review"` // its episode among all of the last days; null where nothing of it lies there
}

// outcomesRead is how many outcomes were read.
type outcomesRead struct {
	ClickHouse int `json:"clickhouse"`
	Kafka      int `json:"kafka"`
}

// fact is a field of the trigger; empty strings say that the source doesn't fire it.
type fact struct {
	Name       string `json:"name"`
	Trigger    string `json:"trigger"`
	ClickHouse string `json:"clickhouse"`
	Kafka      string `json:"kafka"`
}

// tolerance is by how much numbers may differ, as a fraction: the last digits of exp depend on the processor.
const tolerance = 1e-9

func (c *triggersExplainCommand) Run(ctx context.Context, log *slog.Logger) error {
	rules, err := readRules(c.Rules, quality.DefaultRules, quality.ParseRules)
	if err != nil {
		return err
	}
	e, err := c.explain(ctx, log, rules)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
			return err
		}
	} else {
		e.print()
	}
	if !e.Agrees {
		return errSaid
	}
	return nil
}

func (c *triggersExplainCommand) explain(ctx context.Context, log *slog.Logger, rules *quality.Rules) (*explanation, error) {
	db, release, err := c.database(ctx, quiet(log), places{kafka: &c.Cluster, registry: &c.Registry, clickhouse: &c.ClickHouse})
	if err != nil {
		return nil, err
	}
	defer release()
	found, err := triggersSince(ctx, db, c.ID, "", epoch)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no trigger %s; 'assay triggers list' shows them", c.ID)
	}
	g := found[0]
	if g.PolicyHash != rules.Hash() {
		return nil, fmt.Errorf("trigger %s was decided by rules %s, and these are %s: give the file of then by --rules", c.ID, g.PolicyHash, rules.Hash())
	}
	e := &explanation{ID: g.EventID, Domain: g.Domain, Kind: string(g.Kind), Why: why(g)}
	warehouse, stream := newWatcher(rules), newWatcher(rules)
	if err := warehouse.fromClickHouse(ctx, db, outcomeRange{domain: g.Domain, partition: int(g.InputPartition), to: g.LastOffset + 1}); err != nil {
		return nil, err
	}
	first, err := stream.fromKafka(ctx, &c.topics, g.Domain, int(g.InputPartition), g.LastOffset+1)
	if err != nil {
		return nil, err
	}
	if first > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("Kafka has deleted what was before offset %d: what the detector learnt from it is missing there", first))
	}
	e.Read = outcomesRead{warehouse.outcomes, stream.outcomes}
	e.compare(g, warehouse.find(g.EventID), stream.find(g.EventID))
	together, err := reviewTriggers(ctx, db, reviewFDR, reviewPeriod)
	if err != nil {
		return nil, err
	}
	if e.Review = together.episode(g.EpisodeID); e.Review != nil {
		e.Notes = append(e.Notes, together.sentence(e.Review))
	}
	return e, nil
}

// find returns the trigger with the id; nil: it was not fired.
func (w *watcher) find(id string) *schemas.RetrainTrigger {
	for _, g := range w.triggers {
		if g.EventID == id {
			return g
		}
	}
	return nil
}

// compare fills in the facts.
func (e *explanation) compare(trigger, clickhouse, kafka *schemas.RetrainTrigger) {
	e.Agrees = clickhouse != nil && kafka != nil
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, f := range []struct {
		name string
		get  func(*schemas.RetrainTrigger) string
	}{
		{"statistic", func(g *schemas.RetrainTrigger) string { return number(g.Statistic) }},
		{"arl", func(g *schemas.RetrainTrigger) string { return g.Attributes["arl"] }},
		{"e_value", func(g *schemas.RetrainTrigger) string { return g.Attributes["e_value"] }},
		{"design_effect", func(g *schemas.RetrainTrigger) string { return g.Attributes["design_effect"] }},
		{"events", func(g *schemas.RetrainTrigger) string { return number(g.Events) }},
		{"failures", func(g *schemas.RetrainTrigger) string { return number(g.Failures) }},
		{"rate", func(g *schemas.RetrainTrigger) string { return number(g.Rate) }},
		{"rate_lower", func(g *schemas.RetrainTrigger) string { return number(g.RateLower) }},
		{"rate_upper", func(g *schemas.RetrainTrigger) string { return number(g.RateUpper) }},
		{"slo", func(g *schemas.RetrainTrigger) string { return number(g.SLO) }},
		{"action", func(g *schemas.RetrainTrigger) string { return string(g.Action) }},
		{"window_start", func(g *schemas.RetrainTrigger) string { return fmt.Sprint(cell(g.WindowStart)) }},
		{"window_end", func(g *schemas.RetrainTrigger) string { return fmt.Sprint(cell(g.WindowEnd)) }},
		{"first_offset", func(g *schemas.RetrainTrigger) string { return strconv.FormatInt(g.FirstOffset, 10) }},
		{"last_offset", func(g *schemas.RetrainTrigger) string { return strconv.FormatInt(g.LastOffset, 10) }},
	} {
		line := fact{Name: f.name, Trigger: f.get(trigger)}
		if line.Trigger == "" { // of another detector
			continue
		}
		if clickhouse != nil {
			line.ClickHouse = f.get(clickhouse)
		}
		if kafka != nil {
			line.Kafka = f.get(kafka)
		}
		e.Agrees = e.Agrees && same(line.Trigger, line.ClickHouse) && same(line.Trigger, line.Kafka)
		e.Facts = append(e.Facts, line)
	}
}

// same reports whether two texts are equal, or numbers that are nearly so.
func same(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return a == b
	}
	return math.Abs(x-y) <= tolerance*max(math.Abs(x), math.Abs(y))
}

// why is the trigger in a sentence.
func why(g *schemas.RetrainTrigger) string {
	said := "at most %g %% are allowed"
	if g.Kind == schemas.TriggerCleared {
		said = "that is under %g %%"
	}
	limit, err := strconv.ParseFloat(g.Attributes["limit"], 64)
	if err != nil {
		limit = g.SLO
	}
	sentence := fmt.Sprintf("%g of %g failed, %.1f %% (95 %% interval %.1f to %.1f %%): "+said, g.Failures, g.Events, 100*g.Rate, 100*g.RateLower, 100*g.RateUpper, 100*limit)
	if arl := g.Attributes["arl"]; arl != "" {
		sentence += fmt.Sprintf("; the statistic %.6g reached the rule's %s", g.Statistic, arl)
	}
	if g.Attributes["persists"] == "false" {
		sentence += "; so far one short stretch may be to blame"
	}
	return sentence
}

// shown are the fact's values, numbers to six digits where they agree.
func (f fact) shown() table.Row {
	row := table.Row{f.Name}
	agree := same(f.Trigger, f.ClickHouse) && same(f.Trigger, f.Kafka)
	for _, v := range []string{f.Trigger, f.ClickHouse, f.Kafka} {
		if x, err := strconv.ParseFloat(v, 64); err == nil && agree && x != math.Trunc(x) {
			v = strconv.FormatFloat(x, 'g', 6, 64)
		}
		row = append(row, orNone(v))
	}
	return row
}

func (e *explanation) print() {
	fmt.Printf("%s: %s %s\n%s.\n", e.ID, e.Kind, e.Domain, e.Why)
	t := newTable(os.Stdout, "", "trigger", "from ClickHouse", "from Kafka")
	for _, f := range e.Facts {
		t.AppendRow(f.shown())
	}
	t.AppendRow(table.Row{"outcomes of the domain until then", "", e.Read.ClickHouse, e.Read.Kafka})
	t.Render()
	if e.Agrees {
		fmt.Println("Both agree with the trigger.")
	} else {
		fmt.Println("They differ: see where above. A dash says that nothing fires from there.")
	}
	for _, n := range e.Notes {
		fmt.Println(n)
	}
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
