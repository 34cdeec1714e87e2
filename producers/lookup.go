package producers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/assayhq/assay/schemas"
)

// topic is what the publisher knows of a topic. The number of partitions is read once: a topic of which
// it is raised breaks the order of keys in any case, at a time that the operator chooses by a restart.
type topic struct {
	name       string
	partitions []int
	senders    []atomic.Pointer[sender] // started at first use
}

// balancer chooses as Java's and librdkafka's murmur2_random do, so that all producers agree on keys.
var balancer = kafka.Murmur2Balancer{}

// sender returns the sender of the partition that the record belongs to.
func (t *topic) sender(p *Publisher, r *Record) (*sender, error) {
	partition := r.Partition
	if partition == AnyPartition {
		partition = balancer.Balance(kafka.Message{Key: r.Key}, t.partitions...)
	}
	if partition < 0 || partition >= len(t.partitions) {
		return nil, fmt.Errorf("publish to %s: there is no partition %d, it has %d", t.name, partition, len(t.partitions))
	}
	if s := t.senders[partition].Load(); s != nil {
		return s, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lifetime.Err() != nil {
		return nil, ErrClosed
	}
	if s := t.senders[partition].Load(); s != nil {
		return s, nil
	}
	s := &sender{p: p, topic: t.name, partition: partition, wake: make(chan struct{}, 1)}
	t.senders[partition].Store(s)
	p.senders.Go(s.run)
	return s, nil
}

func (t *topic) close() {
	for i := range t.senders {
		if s := t.senders[i].Load(); s != nil {
			s.close()
		}
	}
}

// topic looks a topic up, once, and waits for the cluster to be reachable.
func (p *Publisher) topic(ctx context.Context, name string) (*topic, error) {
	if t, ok := p.topics.Load(name); ok {
		return t.(*topic), nil
	}
	started := time.Now()
	var found *topic
	err := p.untilPossible(ctx, "look up topic "+name, func() error {
		response, err := p.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{name}})
		if err != nil {
			return p.lookupError(name, judge(err), err)
		}
		for _, t := range response.Topics {
			if t.Name != name {
				continue
			}
			if v := judge(t.Error); v == missing && time.Since(started) < p.grace {
				return t.Error
			} else if v != written {
				return p.lookupError(name, v, t.Error)
			}
			found = &topic{name: name, senders: make([]atomic.Pointer[sender], len(t.Partitions))}
			for i := range t.Partitions {
				found.partitions = append(found.partitions, i)
			}
		}
		if found == nil || len(found.partitions) == 0 {
			return errors.New("the brokers didn't describe it")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, _ := p.topics.LoadOrStore(name, found)
	return t.(*topic), nil
}

func (p *Publisher) lookupError(name string, v verdict, err error) error {
	if v == retry {
		return err
	}
	return backoff.Permanent(advise(name, v, err))
}

// schemaID registers a record's schema, once, and waits for the registry to be reachable.
func (p *Publisher) schemaID(ctx context.Context, record *schemas.Record) (int, error) {
	if id, ok := p.schemaIDs.Load(record); ok {
		return id.(int), nil
	}
	if p.registry == nil {
		return 0, errors.New("a publisher of events needs a schema registry")
	}
	var id int
	err := p.untilPossible(ctx, "register the schema of "+record.Name, func() (err error) {
		id, err = p.registry.Register(ctx, record.Subject(), record.Schema)
		var answer *sr.ResponseError
		if errors.As(err, &answer) && answer.StatusCode/100 == 4 && answer.StatusCode != http.StatusTooManyRequests {
			return backoff.Permanent(fmt.Errorf("%w: %w", ErrFatal, err))
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	p.schemaIDs.Store(record, id)
	return id, nil
}

// untilPossible repeats what fails for a passing reason until it works or ctx ends.
func (p *Publisher) untilPossible(ctx context.Context, what string, try func() error) error {
	pause := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(time.Second), backoff.WithMaxElapsedTime(0))
	warned := false
	err := backoff.RetryNotify(try, backoff.WithContext(pause, ctx), func(err error, _ time.Duration) {
		if !warned {
			p.log.Warn("publishing waits, it is tried again", "to", what, "error", err)
			warned = true
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
