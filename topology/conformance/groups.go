package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

// join starts a member of the group with the shortest timings that brokers accept.
func join(t *testing.T, cluster topology.Cluster, group, topic string) *kafka.ConsumerGroup {
	t.Helper()
	dialer, err := cluster.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	member, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: group, Brokers: cluster.Brokers, Dialer: dialer, Topics: []string{topic},
		HeartbeatInterval: 100 * time.Millisecond, SessionTimeout: 6 * time.Second, RebalanceTimeout: 6 * time.Second,
		JoinGroupBackoff: 100 * time.Millisecond, StartOffset: kafka.FirstOffset,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { member.Close() })
	return member
}

func next(t *testing.T, member *kafka.ConsumerGroup) *kafka.Generation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var generation *kafka.Generation
	err := settled(t, func() (err error) {
		generation, err = member.Next(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("wait for a generation: %v", err)
	}
	return generation
}

// until returns a generation in which the member has n partitions.
func until(t *testing.T, member *kafka.ConsumerGroup, topic string, n int) *kafka.Generation {
	t.Helper()
	for {
		if generation := next(t, member); len(generation.Assignments[topic]) == n {
			return generation
		}
	}
}

func commit(t *testing.T, client *kafka.Client, group string, generation *kafka.Generation, topic string, offset int64, metadata string) error {
	t.Helper()
	request := &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: offset, Metadata: metadata}}},
	}
	if generation != nil {
		request.GenerationID, request.MemberID = int(generation.ID), generation.MemberID
	}
	return settled(t, func() error {
		response, err := client.OffsetCommit(t.Context(), request)
		if err != nil {
			return err
		}
		return response.Topics[topic][0].Error
	})
}

func committed(t *testing.T, client *kafka.Client, group, topic string) kafka.OffsetFetchPartition {
	t.Helper()
	response, err := client.OffsetFetch(t.Context(), &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0}}})
	if err = errors.Join(err, response.Error); err != nil {
		t.Fatal(err)
	}
	return response.Topics[topic][0]
}

// testCommitMetadata: an intent travels beside the offset, and whoever owns the partition next reads it.
func testCommitMetadata(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic, group := newTopic(t, client, 1), fresh("group")
	produce(t, client, topic, 0, "a", "b", "c")
	first := join(t, cluster, group, topic)
	generation := next(t, first)
	if err := commit(t, client, group, generation, topic, 1, "to=3"); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := committed(t, client, group, topic); got.CommittedOffset != 1 || got.Metadata != "to=3" {
		t.Errorf("committed %d %q, want 1 %q", got.CommittedOffset, got.Metadata, "to=3")
	}
	second := next(t, join(t, cluster, group, topic))
	if got := second.Assignments[topic][0].Offset; got != 1 {
		t.Errorf("the next owner starts at %d, want 1", got)
	}
}

// testFencing: a member that lost its partition can't commit any more, however it lost it.
func testFencing(t *testing.T, cluster topology.Cluster) {
	client := client(t, cluster)
	topic, group := newTopic(t, client, 2), fresh("group")
	first := join(t, cluster, group, topic)
	old := until(t, first, topic, 2)
	if err := commit(t, client, group, old, topic, 5, ""); err != nil {
		t.Fatal(err)
	}
	second := join(t, cluster, group, topic)
	shared := make(chan *kafka.Generation, 1)
	go func() { // both have to ask for the generation that they share
		if generation, err := first.Next(t.Context()); err == nil {
			shared <- generation
		}
		close(shared)
	}()
	until(t, second, topic, 1)
	renewed, ok := <-shared
	if !ok {
		t.Fatal("the first member got no second generation")
	}
	if err := commit(t, client, group, old, topic, 9, ""); !errors.Is(err, kafka.IllegalGeneration) {
		t.Errorf("commit of an old generation: %v, want %v", err, kafka.IllegalGeneration)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, second, topic, 2)
	if err := commit(t, client, group, renewed, topic, 9, ""); !errors.Is(err, kafka.UnknownMemberId) {
		t.Errorf("commit of a member that left: %v, want %v", err, kafka.UnknownMemberId)
	}
	if err := commit(t, client, group, nil, topic, 9, ""); !errors.Is(err, kafka.UnknownMemberId) {
		t.Errorf("commit from outside a living group: %v, want %v", err, kafka.UnknownMemberId)
	}
	if got := committed(t, client, group, topic); got.CommittedOffset != 5 {
		t.Errorf("the fenced commits moved the offset to %d, want 5", got.CommittedOffset)
	}
}
