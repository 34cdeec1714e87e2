package local_test

import (
	"testing"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

func TestTopologyIsAppliedOnce(t *testing.T) {
	l := localtest.Start(t, topology.Service{Name: "quality", Shape: topology.Fold, Inputs: []string{"quality.outcomes"}, Outputs: []string{"models.retrain"}})
	topo, err := topology.New()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := topo.Plan(t.Context(), localtest.Client(t, l.Cluster()))
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Empty() {
		t.Errorf("a second plan has steps:\n%s", plan)
	}
}
