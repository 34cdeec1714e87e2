// Package conformance states, as tests, what Assay takes for granted about a Kafka cluster when it is reached through
// kafka-go. The embedded broker and real clusters pass the same suite. It is for tests only.
package conformance

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

// Run holds the cluster against the whole suite but access control. It creates topics and groups under fresh names and
// leaves them behind.
func Run(t *testing.T, cluster topology.Cluster) {
	t.Run("topics", func(t *testing.T) { testTopics(t, cluster) })
	t.Run("records", func(t *testing.T) { testRecords(t, cluster) })
	t.Run("fetch out of range", func(t *testing.T) { testOutOfRange(t, cluster) })
	t.Run("oversized", func(t *testing.T) { testOversized(t, cluster) })
	t.Run("commit metadata", func(t *testing.T) { testCommitMetadata(t, cluster) })
	t.Run("fencing", func(t *testing.T) { testFencing(t, cluster) })
	t.Run("lag", func(t *testing.T) { testLag(t, cluster) })
	t.Run("drained", func(t *testing.T) { testDrained(t, cluster) })
}

// fresh returns a name that no earlier run used.
func fresh(what string) string {
	return fmt.Sprintf("conformance-%s-%s", what, schemas.DerivedID(what, time.Now().String())[:8])
}

// newTopic creates a topic and waits until the client sees it.
func newTopic(t *testing.T, client *kafka.Client, partitions int) string {
	t.Helper()
	name := fresh("topic")
	apply(t, client, topology.Topology{Topics: []topology.Topic{{Name: name, Partitions: partitions, Retention: time.Hour}}})
	return name
}

func apply(t *testing.T, client *kafka.Client, topo topology.Topology) {
	t.Helper()
	plan, err := topo.Plan(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), client, false); err != nil {
		t.Fatal(err)
	}
}

// produce appends the values as one batch, acknowledged by all replicas.
func produce(t *testing.T, client *kafka.Client, topic string, partition int, values ...string) {
	t.Helper()
	if err := tryProduce(t, client, topic, partition, values...); err != nil {
		t.Fatalf("produce to %s/%d: %v", topic, partition, err)
	}
}

func tryProduce(t *testing.T, client *kafka.Client, topic string, partition int, values ...string) error {
	t.Helper()
	return settled(t, func() error {
		records := make([]kafka.Record, len(values))
		for i, value := range values {
			records[i] = kafka.Record{
				Key: kafka.NewBytes([]byte("key-" + value[:1])), Value: kafka.NewBytes([]byte(value)), Time: time.Now(),
				Headers: []kafka.Header{{Key: "ce_id", Value: []byte(value[:1])}},
			}
		}
		response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
		})
		if err != nil {
			return err
		}
		return response.Error
	})
}

// settled tries until the brokers agree on who leads what: one after the other learns of new topics, groups and users.
func settled(t *testing.T, attempt func() error, also ...kafka.Error) error {
	t.Helper()
	passing := append([]kafka.Error{kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.UnknownTopicOrPartition,
		kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup, kafka.GroupLoadInProgress}, also...)
	for deadline := time.Now().Add(10 * time.Second); ; {
		err := attempt()
		passes := slices.ContainsFunc(passing, func(e kafka.Error) bool { return errors.Is(err, e) })
		if !passes || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // between attempts
	}
}

// fetch reads what the broker answers to one request, from the offset on.
func fetch(t *testing.T, client *kafka.Client, topic string, partition int, offset int64) ([]kafka.Message, *kafka.FetchResponse) {
	t.Helper()
	response, err := client.Fetch(t.Context(), &kafka.FetchRequest{
		Topic: topic, Partition: partition, Offset: offset, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 500 * time.Millisecond,
	})
	if err != nil {
		t.Fatalf("fetch %s/%d@%d: %v", topic, partition, offset, err)
	}
	var messages []kafka.Message
	for {
		record, err := response.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return messages, response
		}
		if err != nil {
			t.Fatalf("read %s/%d: %v", topic, partition, err)
		}
		if record.Offset < offset {
			continue // a broker answers with whole batches
		}
		key, keyErr := kafka.ReadAll(record.Key)
		value, valueErr := kafka.ReadAll(record.Value)
		if err := errors.Join(keyErr, valueErr); err != nil {
			t.Fatalf("read %s/%d@%d: %v", topic, partition, record.Offset, err)
		}
		messages = append(messages, kafka.Message{Offset: record.Offset, Key: key, Value: value, Headers: record.Headers, Time: record.Time})
	}
}

func client(t *testing.T, cluster topology.Cluster) *kafka.Client {
	return localtest.Client(t, cluster)
}
