package consumers

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

func (p place) String() string { return fmt.Sprintf("%s/%d", p.topic, p.partition) }

// position is what a group has committed for a partition.
type position struct {
	offset   int64 // -1 where there is none
	metadata string
}

// session is one member's part in one generation of a consumer group. kafka-go's Generation commits no metadata, and
// the metadata is what makes an insert repeatable, so commits go through the client; the generation in them fences
// members that were replaced while they slept.
type session struct {
	client     *kafka.Client
	group      string
	generation int
	member     string
}

// commit sets the group's position. errLost says that this member may not do so any more.
func (s session) commit(ctx context.Context, p place, offset int64, metadata string) error {
	res, err := s.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: s.group, GenerationID: s.generation, MemberID: s.member,
		Topics: map[string][]kafka.OffsetCommit{p.topic: {{Partition: p.partition, Offset: offset, Metadata: metadata}}},
	})
	if err == nil {
		for _, answer := range res.Topics[p.topic] {
			err = errors.Join(err, answer.Error)
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kafka.IllegalGeneration), errors.Is(err, kafka.UnknownMemberId), errors.Is(err, kafka.RebalanceInProgress),
		errors.Is(err, kafka.FencedInstanceID):
		return errLost
	case denied(err):
		return fatal(fmt.Errorf("commit offsets of group %s: %w: see `assay topology acls`", s.group, err))
	}
	return fmt.Errorf("commit offset %d of %s: %w", offset, p, err)
}

// positions returns what the group has committed for the partitions.
func (s session) positions(ctx context.Context, partitions map[string][]int) (map[place]position, error) {
	res, err := s.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: s.group, Topics: partitions})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		err = fmt.Errorf("fetch the committed offsets of group %s: %w", s.group, err)
		if denied(err) {
			err = fatal(err)
		}
		return nil, err
	}
	out := map[place]position{}
	for topic, answers := range res.Topics {
		for _, a := range answers {
			if a.Error != nil {
				return nil, fmt.Errorf("fetch the committed offset of %s/%d: %w", topic, a.Partition, a.Error)
			}
			out[place{topic, a.Partition}] = position{offset: a.CommittedOffset, metadata: a.Metadata}
		}
	}
	for topic, ids := range partitions {
		for _, id := range ids {
			if _, ok := out[place{topic, id}]; !ok {
				return nil, fmt.Errorf("fetch the committed offset of %s/%d: no answer", topic, id)
			}
		}
	}
	return out, nil
}

func denied(err error) bool {
	for _, code := range []kafka.Error{kafka.GroupAuthorizationFailed, kafka.TopicAuthorizationFailed, kafka.ClusterAuthorizationFailed,
		kafka.SASLAuthenticationFailed, kafka.UnsupportedSASLMechanism} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
