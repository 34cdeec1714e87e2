package topology

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// place is one partition of one topic.
type place struct {
	topic     string
	partition int
}

func (p place) at(offset int64) string { return fmt.Sprintf("%s/%d@%d", p.topic, p.partition, offset) }

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
	response, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: partitions})
	if err == nil {
		err = response.Error
	}
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
