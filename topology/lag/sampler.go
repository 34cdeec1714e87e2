// Package lag says how far every service is behind on every partition: in records and in time, at which rates, until when,
// and with a verdict over a window of samples. Verdict and figures are functions of samples; Sampler takes these from a
// cluster. It must not know what services do, and commits nothing.
package lag

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/partlog"
)

const (
	parallel   = 8 // partitions that are read at a time
	fetchWait  = 100 * time.Millisecond
	fetchBytes = 1 // a broker sends a whole batch all the same
)

// Sampler observes the services of a topology on a cluster. It is not safe for concurrent use.
type Sampler struct {
	cluster  topology.Cluster
	client   *kafka.Client
	topology topology.Topology
	waiting  map[place]*waiting // partitions with a lag
}

// waiting is the first record that a service has still to read, and what read it.
type waiting struct {
	reader *partlog.Reader
	offset int64 // that time is of; -1 when none was read
	time   time.Time
}

// NewSampler returns a sampler; it connects at the first sample.
func NewSampler(cluster topology.Cluster, t topology.Topology) (*Sampler, error) {
	client, err := cluster.Client()
	if err != nil {
		return nil, err
	}
	return &Sampler{cluster: cluster, client: client, topology: t, waiting: map[place]*waiting{}}, nil
}

// Close drops all connections.
func (s *Sampler) Close() {
	for at := range s.waiting {
		s.release(at)
	}
	if t, ok := s.client.Transport.(*kafka.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Sample observes every partition of every service's inputs. It fetches the first waiting record of each partition that has
// one, for its time in the log.
func (s *Sampler) Sample(ctx context.Context) ([]Observation, error) {
	var all []Observation
	for _, service := range s.topology.Services {
		owned, err := assignments(ctx, s.client, service.Group())
		if err != nil {
			return nil, err
		}
		lags, err := topology.Lag(ctx, s.client, service.Group(), service.Inputs...)
		if err != nil {
			return nil, err
		}
		for _, l := range lags {
			topic, _ := s.topology.Topic(l.Topic)
			all = append(all, Observation{
				Service: service.Name, PartitionLag: l, Retention: topic.Retention,
				Owned: slices.Contains(owned[l.Topic], l.Partition),
			})
		}
	}
	return all, s.addTimes(ctx, all)
}

// assignments are the partitions that the group's members work on, by topic. A group that isn't there has none.
func assignments(ctx context.Context, client *kafka.Client, group string) (map[string][]int, error) {
	response, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return nil, fmt.Errorf("describe group %s: %w", group, err)
	}
	owned := map[string][]int{}
	for _, g := range response.Groups {
		if g.Error != nil && !errors.Is(g.Error, kafka.GroupIdNotFound) {
			return nil, fmt.Errorf("describe group %s: %w", group, g.Error)
		}
		for _, m := range g.Members {
			for _, t := range m.MemberAssignments.Topics {
				owned[t.Topic] = append(owned[t.Topic], t.Partitions...)
			}
		}
	}
	return owned, nil
}

func (s *Sampler) addTimes(ctx context.Context, all []Observation) error {
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(parallel)
	for i := range all {
		o := &all[i]
		if o.Records == 0 {
			s.release(o.place())
			continue
		}
		first, err := s.first(o.place())
		if err != nil {
			return errors.Join(err, tasks.Wait())
		}
		tasks.Go(func() (err error) {
			o.Oldest, err = first.timeAt(ctx, o.Next(), o.End)
			return err
		})
	}
	return tasks.Wait()
}

func (s *Sampler) first(at place) (*waiting, error) {
	if w := s.waiting[at]; w != nil {
		return w, nil
	}
	r, err := partlog.NewReader(s.cluster, s.client, at.topic, at.partition)
	if err != nil {
		return nil, err
	}
	s.waiting[at] = &waiting{reader: r, offset: -1}
	return s.waiting[at], nil
}

func (s *Sampler) release(at place) {
	if w := s.waiting[at]; w != nil {
		w.reader.Close()
		delete(s.waiting, at)
	}
}

// timeAt is the time of the first record in [from, to). It reads each offset once: a service that stands still costs the
// brokers nothing.
func (w *waiting) timeAt(ctx context.Context, from, to int64) (time.Time, error) {
	if w.offset == from {
		return w.time, nil
	}
	t, err := firstTime(ctx, w.reader, from, to)
	if err == nil && !t.IsZero() {
		w.offset, w.time = from, t
	}
	return t, err
}

// firstTime is the time of the first record in [from, to), zero when retention has just deleted it or there is none, as
// where the rest of the log is what an aborted transaction left.
func firstTime(ctx context.Context, r *partlog.Reader, from, to int64) (time.Time, error) {
	for from < to {
		chunk, err := r.Fetch(ctx, from, fetchBytes, fetchWait)
		var gone *partlog.OutOfRangeError
		switch {
		case errors.As(err, &gone):
			return time.Time{}, nil
		case err != nil:
			return time.Time{}, err
		case len(chunk.Records) > 0:
			return time.UnixMilli(chunk.Records[0].Time).UTC(), nil
		case chunk.Next == from:
			return time.Time{}, nil
		}
		from = chunk.Next
	}
	return time.Time{}, nil
}
