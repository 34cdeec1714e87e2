package conformance

import (
	"fmt"
	"testing"

	"github.com/assayhq/assay/topology"
)

func testLag(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic, group := newTopic(t, client, 3), fresh("group")
	produce(t, client, topic, 0, "a", "b", "c", "d")
	produce(t, client, topic, 1, "e")
	if err := commit(t, client, group, nil, topic, 1, "to=3"); err != nil {
		t.Fatal(err)
	}
	var lags []topology.PartitionLag
	err := settled(t, func() (err error) {
		lags, err = topology.Lag(t.Context(), client, group, topic)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		committed, end, records int64
		metadata                string
	}{{1, 4, 3, "to=3"}, {-1, 1, 1, ""}, {-1, 0, 0, ""}}
	if len(lags) != len(want) {
		t.Fatalf("%d partitions, want %d", len(lags), len(want))
	}
	for i, w := range want {
		got := lags[i]
		if got.Partition != i || got.Committed != w.committed || got.End != w.end || got.Records != w.records || got.Metadata != w.metadata || got.Lost != 0 {
			t.Errorf("partition %d: %+v, want %+v", i, got, w)
		}
	}
}

func testDrained(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic := newTopic(t, client, 1)
	service := topology.Service{Name: fresh("service"), Inputs: []string{topic}}
	topo := topology.Topology{Services: []topology.Service{service}}
	expect := func(want bool, when string) {
		t.Helper()
		var got bool
		err := settled(t, func() (err error) {
			got, err = topology.Drained(t.Context(), client, topo)
			return err
		})
		if err != nil || got != want {
			t.Errorf("%s: drained %v, %v; want %v", when, got, err, want)
		}
	}
	expect(true, "empty and never committed")
	produce(t, client, topic, 0, "a", "b")
	expect(false, "never committed")
	for offset := range int64(3) {
		if err := commit(t, client, service.Group(), nil, topic, offset, ""); err != nil {
			t.Fatal(err)
		}
		expect(offset == 2, fmt.Sprintf("committed %d of 2", offset))
	}
	produce(t, client, topic, 0, "c")
	expect(false, "a new record")
	if _, err := topology.Drained(t.Context(), client, topology.Topology{Services: []topology.Service{{Name: "x", Inputs: []string{fresh("missing")}}}}); err == nil {
		t.Error("a missing topic counts as drained")
	}
}
