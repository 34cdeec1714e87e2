package consumers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/semaphore"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

const (
	heartbeats  = 8 // per session timeout
	joinBackOff = time.Second
)

// Runner runs one service as one member of its consumer group.
type Runner struct {
	service Service
	config  Config
	client  *kafka.Client
	vectors *vectors
	columns map[string]*sync.Pool // by topic, of schemas.Columns
	log     *slog.Logger
	ready   atomic.Bool
}

// New checks the configuration; nothing runs before Run.
func New(service Service, config Config) (*Runner, error) {
	if config.Tuning == (Tuning{}) {
		config.Tuning = DefaultTuning()
	}
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", service.Name, err)
	}
	client, err := config.Cluster.Client()
	if err != nil {
		return nil, err
	}
	v, err := newVectors(config.Registerer)
	if err != nil {
		return nil, fmt.Errorf("%s: register metrics: %w", service.Name, err)
	}
	columns := map[string]*sync.Pool{}
	for _, topic := range service.Inputs {
		columns[topic] = &sync.Pool{New: func() any { return schemas.ByTopic(topic).NewColumns() }}
	}
	return &Runner{service: service, config: config, client: client, vectors: v, columns: columns,
		log: config.Logger.With("service", service.Name)}, nil
}

// Ready reports whether the service is a member of its group at the moment, with or without partitions.
func (r *Runner) Ready() bool { return r.ready.Load() }

// Run works until ctx ends, then finishes its batches, commits and leaves the group. It returns nil then, and an error
// that a person must act on otherwise.
func (r *Runner) Run(ctx context.Context) error {
	// `go tool pprof -tags` tells the services of one process apart.
	defer pprof.SetGoroutineLabels(ctx)
	ctx = pprof.WithLabels(ctx, pprof.Labels("service", r.service.Name))
	pprof.SetGoroutineLabels(ctx)
	dialer, err := r.config.Cluster.Dialer()
	if err != nil {
		return err
	}
	dialer.ClientID = "assay-" + r.service.Name
	// Members of a fleet that restarts at once would rebalance once each.
	if err := sleep(ctx, rand.N(joinBackOff/4)); err != nil {
		return nil
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: r.service.Group(), Brokers: r.config.Cluster.Brokers, Dialer: dialer, Topics: r.service.Inputs,
		HeartbeatInterval: r.config.Tuning.SessionTimeout / heartbeats, SessionTimeout: r.config.Tuning.SessionTimeout,
		// The others wait so long for a member that finishes its batches, which takes it the drain deadline at most. And for
		// one that died while it joined, which some brokers don't notice earlier.
		RebalanceTimeout: r.config.Tuning.SessionTimeout, JoinGroupBackoff: joinBackOff, WatchPartitionChanges: true, StartOffset: kafka.FirstOffset,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", r.service.Name, err)
	}
	defer group.Close()
	defer r.ready.Store(false)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for {
		generation, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return reason(ctx)
		case denied(err):
			return fmt.Errorf("%s: join group %s: %w: check the login and `assay topology acls`", r.service.Name, r.service.Group(), err)
		case errors.Is(err, kafka.UnknownTopicOrPartition):
			return fmt.Errorf("%s: an input topic is missing: run `assay topology apply` (%w)", r.service.Name, err)
		case err != nil:
			r.ready.Store(false)
			r.log.Warn("joining the group failed, will try again", "error", err)
			continue
		}
		r.serve(ctx, cancel, generation)
		if ctx.Err() != nil {
			return reason(ctx)
		}
	}
}

// reason is why the context ended: nil when the caller ended it.
func reason(ctx context.Context) error {
	var f *fatalError
	if errors.As(context.Cause(ctx), &f) {
		return f
	}
	return nil
}

// serve starts the workers of a generation and waits until it ends or ctx does.
func (r *Runner) serve(ctx context.Context, cancel context.CancelCauseFunc, g *kafka.Generation) {
	s := session{client: r.client, group: g.GroupID, generation: int(g.ID), member: g.MemberID}
	partitions := map[string][]int{}
	for topic, assigned := range g.Assignments {
		for _, a := range assigned {
			partitions[topic] = append(partitions[topic], a.ID)
		}
	}
	ended := make(chan struct{})
	g.Start(func(gen context.Context) { // the group joins again when all of this has returned
		defer close(ended)
		stop, stopped := context.WithCancel(ctx)
		defer stopped()
		defer context.AfterFunc(gen, stopped)()
		hard, expired := context.WithCancel(context.WithoutCancel(ctx))
		defer expired()
		context.AfterFunc(stop, func() { time.AfterFunc(r.config.Tuning.DrainDeadline, expired) })

		positions, err := retry(stop, nil, "", func() (map[place]position, error) {
			if len(partitions) == 0 {
				return nil, nil
			}
			return s.positions(stop, partitions)
		})
		if err != nil {
			if errors.As(err, new(*fatalError)) {
				cancel(err)
			}
			return
		}
		r.log.Info("assigned", "generation", g.ID, "partitions", len(positions))
		r.ready.Store(true)
		budget := semaphore.NewWeighted(r.config.Tuning.BudgetBytes)
		ends := make(chan error)
		for p, at := range positions {
			go func() { ends <- r.work(stop, hard, budget, s, p, at) }()
		}
		if len(positions) == 0 {
			<-stop.Done()
		}
		for range positions {
			if err := <-ends; err != nil {
				var f *fatalError
				if errors.As(err, &f) {
					cancel(f)
				} else if !errors.Is(err, errLost) {
					r.log.Warn("a partition's worker failed, the group starts over", "error", err)
				}
				stopped()
			}
		}
	})
	<-ended
}

// work runs one partition's worker.
func (r *Runner) work(stop, hard context.Context, budget *semaphore.Weighted, s session, p place, at position) error {
	source, err := partlog.NewReader(r.config.Cluster, r.client, p.topic, p.partition)
	if err != nil {
		return fatal(err)
	}
	defer source.Close()
	w := &worker{
		service: &r.service, config: &r.config, session: s, place: p, record: schemas.ByTopic(p.topic),
		source: source, window: newIDWindow(r.config.Tuning.DedupWindow), budget: budget, columns: r.columns[p.topic],
		limit: letterLimit{inARow: r.config.Tuning.DeadLetterLimit},
		log:   r.log.With("topic", p.topic, "partition", p.partition), metrics: r.vectors.of(r.service.Name, p),
		stop: stop, hard: hard,
	}
	defer w.metrics.drop()
	err = w.run(at)
	if stop.Err() != nil && !errors.As(err, new(*fatalError)) {
		return nil // given up halfway: nothing is committed that is not done
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}
