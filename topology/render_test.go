package topology_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/assayhq/assay/topology"
)

func small(t *testing.T) topology.Topology {
	t.Helper()
	topo, err := topology.New(services[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return topo
}

func TestMermaid(t *testing.T) {
	want := `flowchart LR
  t_assistant_code([assistant.code])
  t_quality_outcomes([quality.outcomes])
  t_models_retrain([models.retrain])
  t_assay_dead_letters([assay.dead-letters])
  t_assay_quality_state([assay.quality.state])
  s_outcomes[outcomes]
  s_quality[quality]
  t_assistant_code --> s_outcomes
  s_outcomes --> t_quality_outcomes
  s_outcomes -.-> t_assay_dead_letters
  t_quality_outcomes --> s_quality
  s_quality --> t_models_retrain
  s_quality -.-> t_assay_dead_letters
  s_quality -.-> t_assay_quality_state
`
	if got := small(t).Mermaid(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestDOT(t *testing.T) {
	got := small(t).DOT()
	for _, want := range []string{
		"digraph assay {\n", `  t_assistant_code [label="assistant.code" shape=oval]` + "\n", `  s_quality [label="quality" shape=box]` + "\n",
		"  t_assistant_code -> s_outcomes\n", "  s_quality -> t_assay_quality_state [style=dotted]\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

func TestACLsOfAFold(t *testing.T) {
	acls := small(t).ACLs(topology.PrincipalPrefix)
	var own topology.ACLs
	for _, p := range acls {
		if p.Principal == "User:assay-quality" {
			own = append(own, p)
		}
	}
	const command = `kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN_CONFIG" --add --allow-principal "User:assay-quality"`
	want := command + " --operation Read --group assay-quality --resource-pattern-type literal\n" +
		command + " --operation Read --topic quality.outcomes --resource-pattern-type literal\n" +
		command + " --operation Write --topic models.retrain --resource-pattern-type literal\n" +
		command + " --operation Write --topic assay.dead-letters --resource-pattern-type literal\n" +
		command + " --operation Read --operation Write --topic assay.quality.state --resource-pattern-type literal\n"
	if got := own.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	text, err := json.Marshal(own[0])
	if want := `{"principal":"User:assay-quality","resource":"Group","name":"assay-quality","pattern":"literal","operations":["Read"]}`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v; want %s", text, err, want)
	}
}

func TestPlanString(t *testing.T) {
	if got := (topology.Plan{}).String(); got != "nothing to do\n" {
		t.Errorf("an empty plan prints %q", got)
	}
	got := topology.Plan{
		Create:    []topology.CreateTopic{{Topic: "a", Partitions: 2, Replication: 1, Configs: map[string]string{"y": "2", "x": "1"}}},
		Raise:     []topology.RaisePartitions{{Topic: "b", From: 1, To: 3}},
		Configure: []topology.SetConfig{{Topic: "c", Name: "retention.ms", From: "1", To: "2"}},
		Remarks:   []string{"d stays"},
	}.String()
	want := `create     a: 2 partitions, 1 replicas, x=1, y=2
raise      b: 1 -> 3 partitions; keys move and lose their order, so only with --repartition
configure  c: retention.ms "1" -> "2"
leave      d stays
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
