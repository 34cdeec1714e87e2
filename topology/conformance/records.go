package conformance

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

func testTopics(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	name := fresh("topics")
	topo := topology.Topology{Topics: []topology.Topic{
		{Name: name, Partitions: 2, Retention: 48 * time.Hour},
		{Name: name + ".state", Partitions: 2, Compact: true},
	}}
	apply(t, client, topo)

	again := plan(t, cluster, topo)
	if !again.Empty() || len(again.Remarks) != 0 {
		t.Fatalf("a plan after apply is not empty:\n%s", again)
	}

	topo.Topics[0].Retention = 24 * time.Hour
	topo.Topics[0].Partitions = 3
	topo.Topics[1].Partitions = 1
	changed := plan(t, cluster, topo)
	if len(changed.Create) != 0 || len(changed.Raise) != 1 || len(changed.Configure) != 1 || len(changed.Remarks) != 1 {
		t.Fatalf("want one raise, one setting, one remark:\n%s", changed)
	}
	if err := changed.Apply(t.Context(), client, false); !errors.Is(err, topology.ErrRepartition) {
		t.Fatalf("raising partitions without consent: %v", err)
	}
	if got := plan(t, cluster, topo); got.String() != changed.String() {
		t.Errorf("a refused plan changed the cluster:\n%s", got)
	}
	if err := changed.Apply(t.Context(), client, true); err != nil {
		t.Fatal(err)
	}
	if got := plan(t, cluster, topo); !got.Empty() {
		t.Errorf("steps are left after apply:\n%s", got)
	}
}

// plan asks with a client of its own, because clients remember the cluster's topics for some seconds.
func plan(t *testing.T, cluster topology.Cluster, topo topology.Topology) topology.Plan {
	t.Helper()
	plan, err := topo.Plan(t.Context(), client(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func testRecords(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic := newTopic(t, client, 2)
	before := time.Now().Add(-time.Second)
	produce(t, client, topic, 1, "a", "b", "c")
	produce(t, client, topic, 1, "d")
	messages, response := fetch(t, client, topic, 1, 1)
	if response.HighWatermark != 4 || response.LogStartOffset != 0 {
		t.Errorf("high watermark %d, log start %d; want 4, 0", response.HighWatermark, response.LogStartOffset)
	}
	if len(messages) != 3 {
		t.Fatalf("%d records from offset 1, want 3", len(messages))
	}
	for i, want := range []string{"b", "c", "d"} {
		m := messages[i]
		if m.Offset != int64(i+1) || string(m.Value) != want || string(m.Key) != "key-"+want ||
			len(m.Headers) != 1 || m.Headers[0].Key != "ce_id" || string(m.Headers[0].Value) != want {
			t.Errorf("record %d: offset %d, key %q, value %q, headers %v", i, m.Offset, m.Key, m.Value, m.Headers)
		}
		if m.Time.Before(before) || m.Time.After(time.Now().Add(time.Second)) {
			t.Errorf("record %d has time %v", i, m.Time)
		}
	}
	if empty, response := fetch(t, client, topic, 1, 4); len(empty) != 0 || response.Error != nil {
		t.Errorf("at the end: %d records, error %v; want none", len(empty), response.Error)
	}
}

// testOutOfRange: an offset that isn't there is an error that the caller sees, in both directions.
func testOutOfRange(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic := newTopic(t, client, 1)
	produce(t, client, topic, 0, "a")
	if _, response := fetch(t, client, topic, 0, 2); !errors.Is(response.Error, kafka.OffsetOutOfRange) {
		t.Errorf("beyond the end: %v, want %v", response.Error, kafka.OffsetOutOfRange)
	}
}

func testOversized(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic := newTopic(t, client, 1)
	if err := tryProduce(t, client, topic, 0, strings.Repeat("x", 2<<20)); !errors.Is(err, kafka.MessageSizeTooLarge) {
		t.Errorf("a record of 2 MB: %v, want %v", err, kafka.MessageSizeTooLarge)
	}
	produce(t, client, topic, 0, strings.Repeat("y", 900_000))
}
