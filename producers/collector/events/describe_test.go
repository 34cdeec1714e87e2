package events_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector"
	"github.com/assayhq/assay/producers/collector/events"
)

// TestGateSchema: what OpenAPI says of the gate's answer is what the collector answers.
func TestGateSchema(t *testing.T) {
	var document struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []string }
				Required   []string
			}
		}
	}
	if err := json.Unmarshal(events.OpenAPI("1"), &document); err != nil {
		t.Fatal(err)
	}
	if document.Paths["/v1/gate/{change}"]["get"] == nil {
		t.Error("no GET /v1/gate/{change}")
	}
	var fields, required []string
	answer := reflect.TypeFor[collector.GateAnswer]()
	for i := range answer.NumField() {
		name, option, _ := strings.Cut(answer.Field(i).Tag.Get("json"), ",")
		if fields = append(fields, name); option != "omitempty" {
			required = append(required, name)
		}
	}
	gate := document.Components.Schemas["Gate"]
	slices.Sort(fields)
	if described := slices.Sorted(maps.Keys(gate.Properties)); !slices.Equal(described, fields) || !slices.Equal(gate.Required, required) {
		t.Errorf("described: %v, required %v; answered: %v, always %v", described, gate.Required, fields, required)
	}
	if want := []string{"pass", "blocked", "awaiting_review", "approved", "rejected", "revert_requested"}; !slices.Equal(gate.Properties["decision"].Enum, want) {
		t.Errorf("decisions are %v, want %v", gate.Properties["decision"].Enum, want)
	}
}
