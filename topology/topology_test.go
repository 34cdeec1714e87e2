package topology_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

var services = []topology.Service{
	{Name: "warehouse", Shape: topology.Drain, Inputs: []string{"assistant.code", "assay.dead-letters"}},
	{Name: "outcomes", Shape: topology.Map, Inputs: []string{"assistant.code"}, Outputs: []string{"quality.outcomes"}},
	{Name: "quality", Shape: topology.Fold, Inputs: []string{"quality.outcomes"}, Outputs: []string{"models.retrain"}},
}

func TestEveryRecordHasItsTopic(t *testing.T) {
	if _, err := topology.New(); err != nil {
		t.Fatal(err)
	}
	topics := topology.Topics()
	if got, want := len(topics), len(schemas.Records()); got != want {
		t.Errorf("%d topics for %d records", got, want)
	}
	for _, topic := range topics {
		if topic.Record.Topic != topic.Name || topic.Doc == "" {
			t.Errorf("%s: record of %s, doc %q", topic.Name, topic.Record.Topic, topic.Doc)
		}
	}
}

func TestNewAddsWhatFollows(t *testing.T) {
	topo, err := topology.New(services...)
	if err != nil {
		t.Fatal(err)
	}
	state, ok := topo.Topic("assay.quality.state")
	input, _ := topo.Topic("quality.outcomes")
	if !ok || !state.Compact || state.Partitions != input.Partitions || state.Record != nil {
		t.Errorf("state topic %+v, input %+v", state, input)
	}
	if got, want := len(topo.Topics), len(topology.Topics())+1; got != want {
		t.Errorf("%d topics, want %d", got, want)
	}
	for _, s := range topo.Services {
		if !slices.Contains(s.Outputs, topology.DeadLetters) {
			t.Errorf("%s has no dead letters", s.Name)
		}
	}
	if len(services[1].Outputs) != 1 {
		t.Error("New changed the service that it was given")
	}
	if _, ok := topo.Service("quality"); !ok {
		t.Error("the service is gone")
	}
	if _, ok := topo.Service("nobody"); ok {
		t.Error("an unknown service is there")
	}
}

func TestNewRefuses(t *testing.T) {
	fold := func(name string, inputs ...string) topology.Service {
		return topology.Service{Name: name, Shape: topology.Fold, Inputs: inputs}
	}
	mapping := func(name, in, out string) topology.Service {
		return topology.Service{Name: name, Shape: topology.Map, Inputs: []string{in}, Outputs: []string{out}}
	}
	for name, test := range map[string]struct {
		services []topology.Service
		want     []string
	}{
		"unknown topics":       {[]topology.Service{mapping("a", "nowhere", "nothing")}, []string{`"a": reads unknown topic "nowhere"`, `"a": writes unknown topic "nothing"`}},
		"same name":            {[]topology.Service{fold("a", "assistant.code"), fold("a", "assistant.chat")}, []string{"declared twice"}},
		"bad name":             {[]topology.Service{fold("Bad_Name", "assistant.code"), fold("", "assistant.code")}, []string{`"Bad_Name"`, `""`}},
		"no input":             {[]topology.Service{fold("a")}, []string{"reads no topic"}},
		"two inputs of a fold": {[]topology.Service{fold("a", "assistant.code", "assistant.chat")}, []string{"exactly one topic"}},
		"input twice": {
			[]topology.Service{{Name: "a", Shape: topology.Map, Inputs: []string{"assistant.code", "assistant.code"}}},
			[]string{`reads topic "assistant.code" twice`},
		},
		"a drain that writes": {
			[]topology.Service{{Name: "a", Shape: topology.Drain, Inputs: []string{"assistant.code"}, Outputs: []string{"code.findings"}}},
			[]string{"a drain writes no topic"},
		},
		"unknown shape": {[]topology.Service{{Name: "a", Inputs: []string{"assistant.code"}}}, []string{"is none of map, fold, drain"}},
		"cycle of one":  {[]topology.Service{mapping("a", "assistant.code", "assistant.code")}, []string{"cycle: a -> a"}},
		"cycle of two": {
			[]topology.Service{mapping("a", "assistant.code", "assistant.chat"), mapping("b", "assistant.chat", "assistant.code")},
			[]string{"cycle: a -> b -> a"},
		},
		"cycle behind a tail": {
			[]topology.Service{mapping("t", "models.retrain", "assistant.code"), mapping("a", "assistant.code", "assistant.chat"), mapping("b", "assistant.chat", "assistant.code")},
			[]string{"cycle: a -> b -> a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := topology.New(test.services...)
			if err == nil {
				t.Fatal("is accepted")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't say %q", err, want)
				}
			}
			if strings.Count(err.Error(), "cycle") > 1 {
				t.Errorf("a cycle is reported more than once: %q", err)
			}
		})
	}
}

// TestDeadLettersMayReturn: the warehouse stores dead letters and may write some itself.
func TestDeadLettersMayReturn(t *testing.T) {
	_, err := topology.New(topology.Service{Name: "a", Shape: topology.Map, Inputs: []string{topology.DeadLetters}, Outputs: []string{topology.DeadLetters}})
	if err != nil {
		t.Error(err)
	}
}

type recorder struct{ subjects []string }

func (r *recorder) Register(_ context.Context, subject, schema string) (int, error) {
	r.subjects = append(r.subjects, subject)
	return len(r.subjects), nil
}

func TestRegisterSchemasInOrder(t *testing.T) {
	var r recorder
	if err := topology.RegisterSchemas(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"assistant.code-value", "assistant.chat-value", "delivery.changes-value", "code.findings-value",
		"quality.outcomes-value", "chat.confusion-value", "code.rework-value", "code.moves-value", "changes.evidence-value", "changes.gate-value", "quality.signals-value",
		"models.retrain-value", "models.examples-value", "models.evals-value", "models.promotions-value", "assay.dead-letters-value",
	}
	if !slices.Equal(r.subjects, want) {
		t.Errorf("registered %v, want %v", r.subjects, want)
	}
}
