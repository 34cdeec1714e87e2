package topology

import (
	"context"
	"slices"

	"github.com/segmentio/kafka-go"
)

// PartitionLag says how far a group is behind on one partition.
type PartitionLag struct {
	Group     string `json:"group"`
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	Start     int64  `json:"start"`     // oldest offset that retention has left
	End       int64  `json:"end"`       // offset of the next record to be written
	Committed int64  `json:"committed"` // -1 without a commit
	Metadata  string `json:"metadata"`  // what the group wrote beside its commit
	Records   int64  `json:"records"`   // still to read
	Lost      int64  `json:"lost"`      // deleted by retention before the group read them
}

// Next is the offset that the group reads next: what it committed, or what retention has left of that.
func (l PartitionLag) Next() int64 { return max(l.Committed, l.Start) }

// Lag returns how far the group is behind, for every partition of the topics in order. Package lag adds times and rates.
func Lag(ctx context.Context, client *kafka.Client, group string, topics ...string) ([]PartitionLag, error) {
	partitions, err := partitionsOf(ctx, client, topics)
	if err != nil {
		return nil, err
	}
	committed, err := committedOffsets(ctx, client, group, partitions)
	if err != nil {
		return nil, err
	}
	ends, err := logOffsets(ctx, client, partitions) // after the commits, so that lag never comes out negative
	if err != nil {
		return nil, err
	}
	var lags []PartitionLag
	for _, topic := range topics {
		for _, p := range partitions[topic] {
			at := place{topic, p}
			lags = append(lags, newPartitionLag(group, at, ends[at], committed[at]))
		}
	}
	return lags, nil
}

func newPartitionLag(group string, at place, log span, commit commit) PartitionLag {
	lag := PartitionLag{
		Group: group, Topic: at.topic, Partition: at.partition, Start: log.start, End: log.end,
		Committed: commit.offset, Metadata: commit.metadata,
	}
	lag.Records = max(0, log.end-lag.Next())
	if commit.offset >= 0 {
		lag.Lost = max(0, log.start-commit.offset)
	}
	return lag
}

// Drained says whether every service has committed everything that there is to read, at one moment. It reads the ends of
// all inputs, then the commits, then the ends again: a service publishes before it commits, so ends that stood still
// around commits that reach them mean that nothing is under way. A producer may of course write the moment after.
func Drained(ctx context.Context, client *kafka.Client, t Topology) (bool, error) {
	var topics []string
	for _, s := range t.Services {
		topics = append(topics, s.Inputs...)
	}
	slices.Sort(topics)
	partitions, err := partitionsOf(ctx, client, slices.Compact(topics))
	if err != nil {
		return false, err
	}
	before, err := logOffsets(ctx, client, partitions)
	if err != nil {
		return false, err
	}
	for _, s := range t.Services {
		inputs := map[string][]int{}
		for _, topic := range s.Inputs {
			inputs[topic] = partitions[topic]
		}
		committed, err := committedOffsets(ctx, client, s.Group(), inputs)
		if err != nil {
			return false, err
		}
		for at, commit := range committed {
			if max(commit.offset, before[at].start) < before[at].end {
				return false, nil
			}
		}
	}
	after, err := logOffsets(ctx, client, partitions)
	if err != nil {
		return false, err
	}
	for at, log := range before {
		if after[at].end != log.end {
			return false, nil
		}
	}
	return true, nil
}
