package topology

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// place is one partition of one topic.
type place struct {
	topic     string
	partition int
}

// span is what a partition's log holds: offsets from start up to but without end.
type span struct{ start, end int64 }

type commit struct {
	offset   int64 // -1 without a commit
	metadata string
}

func partitionsOf(ctx context.Context, client *kafka.Client, topics []string) (map[string][]int, error) {
	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: topics})
	if err != nil {
		return nil, fmt.Errorf("ask the cluster for partitions: %w", err)
	}
	partitions := map[string][]int{}
	for _, topic := range metadata.Topics {
		if topic.Error != nil {
			return nil, fmt.Errorf("topic %s: %w: create the topics with `assay topology apply`", topic.Name, topic.Error)
		}
		for i := range topic.Partitions {
			partitions[topic.Name] = append(partitions[topic.Name], i)
		}
	}
	return partitions, nil
}

func logOffsets(ctx context.Context, client *kafka.Client, partitions map[string][]int) (map[place]span, error) {
	request := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{}}
	for topic, ids := range partitions {
		for _, id := range ids {
			request.Topics[topic] = append(request.Topics[topic], kafka.FirstOffsetOf(id), kafka.LastOffsetOf(id))
		}
	}
	response, err := client.ListOffsets(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("list offsets: %w", err)
	}
	spans := map[place]span{}
	for topic, offsets := range response.Topics {
		for _, o := range offsets {
			if o.Error != nil {
				return nil, fmt.Errorf("list offsets of %s/%d: %w", topic, o.Partition, o.Error)
			}
			spans[place{topic, o.Partition}] = span{o.FirstOffset, o.LastOffset}
		}
	}
	return spans, nil
}

func committedOffsets(ctx context.Context, client *kafka.Client, group string, partitions map[string][]int) (map[place]commit, error) {
	commits := map[place]commit{}
	for topic, ids := range partitions {
		for _, id := range ids {
			commits[place{topic, id}] = commit{offset: -1}
		}
	}
	response, err := fetchOffsets(ctx, client, &kafka.OffsetFetchRequest{GroupID: group, Topics: partitions})
	if errors.Is(err, kafka.GroupIdNotFound) { // some brokers say so of a group that never committed, others answer -1
		return commits, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch the offsets of group %s: %w", group, err)
	}
	for topic, offsets := range response.Topics {
		for _, o := range offsets {
			if o.Error != nil {
				return nil, fmt.Errorf("fetch the offset of group %s on %s/%d: %w", group, topic, o.Partition, o.Error)
			}
			commits[place{topic, o.Partition}] = commit{o.CommittedOffset, o.Metadata}
		}
	}
	return commits, nil
}

// coordinatorWait is how long a group may be without a coordinator.
const coordinatorWait = 15 * time.Second

// fetchOffsets waits while the group has no coordinator: it moves when a broker restarts, and a cluster on which no
// group ever was makes the first one now.
func fetchOffsets(ctx context.Context, client *kafka.Client, request *kafka.OffsetFetchRequest) (*kafka.OffsetFetchResponse, error) {
	for deadline := time.Now().Add(coordinatorWait); ; {
		response, err := client.OffsetFetch(ctx, request)
		if err == nil {
			err = response.Error
		}
		moving := errors.Is(err, kafka.GroupCoordinatorNotAvailable) || errors.Is(err, kafka.NotCoordinatorForGroup) || errors.Is(err, kafka.GroupLoadInProgress)
		if !moving || time.Now().After(deadline) {
			return response, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
