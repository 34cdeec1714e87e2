package topology

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"
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
	// Oldest and Newest are the timestamps of the first and the last record still to read, zero when there is none.
	// Seconds is the time between them.
	Oldest  time.Time `json:"oldest,omitzero"`
	Newest  time.Time `json:"newest,omitzero"`
	Seconds float64   `json:"seconds"`
}

// Lag returns how far the group is behind, for every partition of the topics in order. It fetches the first and the last
// waiting record of every partition that has one, for their timestamps.
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
	return lags, addTimes(ctx, client, lags)
}

func newPartitionLag(group string, at place, log span, commit commit) PartitionLag {
	next := max(commit.offset, log.start)
	lag := PartitionLag{
		Group: group, Topic: at.topic, Partition: at.partition, Start: log.start, End: log.end,
		Committed: commit.offset, Metadata: commit.metadata, Records: max(0, log.end-next),
	}
	if commit.offset >= 0 {
		lag.Lost = max(0, log.start-commit.offset)
	}
	return lag
}

func addTimes(ctx context.Context, client *kafka.Client, lags []PartitionLag) error {
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(8)
	for i := range lags {
		lag := &lags[i]
		if lag.Records == 0 {
			continue
		}
		tasks.Go(func() (err error) {
			at := place{lag.Topic, lag.Partition}
			if lag.Oldest, err = timestampAt(ctx, client, at, lag.End-lag.Records); err != nil {
				return err
			}
			if lag.Newest, err = timestampAt(ctx, client, at, lag.End-1); err != nil {
				return err
			}
			lag.Seconds = max(0, lag.Newest.Sub(lag.Oldest).Seconds())
			return nil
		})
	}
	return tasks.Wait()
}

// timestampAt is the timestamp of the first record at or after the offset, zero when retention has just deleted it.
func timestampAt(ctx context.Context, client *kafka.Client, at place, offset int64) (time.Time, error) {
	response, err := client.Fetch(ctx, &kafka.FetchRequest{
		Topic: at.topic, Partition: at.partition, Offset: offset,
		MinBytes: 1, MaxBytes: 1, MaxWait: 100 * time.Millisecond, // a broker sends a whole batch all the same
	})
	if err == nil {
		err = response.Error
	}
	if errors.Is(err, kafka.OffsetOutOfRange) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the record at %s: %w", at.at(offset), err)
	}
	for {
		record, err := response.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return time.Time{}, nil
		}
		if err != nil {
			return time.Time{}, fmt.Errorf("read the record at %s: %w", at.at(offset), err)
		}
		if record.Offset >= offset {
			return record.Time, nil
		}
	}
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
