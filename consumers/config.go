package consumers

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Publisher is where services put their events; a *producers.Publisher.
type Publisher interface {
	PublishSync(ctx context.Context, events ...schemas.Event) error
	Send(ctx context.Context, records []producers.Record) error
}

// Config is what a service needs to run. The zero Tuning is filled by DefaultTuning.
type Config struct {
	Cluster    topology.Cluster
	Decoder    *schemas.Decoder
	Publisher  Publisher
	Keys       *privacy.Keyring // opens payloads, seals dead letters
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Tuning     Tuning
}

// Tuning holds the numbers that trade latency, throughput and memory.
type Tuning struct {
	// DedupWindow is how many offsets back a repeated event id is recognised.
	DedupWindow int
	// FlushEvery, FlushRows and FlushBytes end a Drain's batch, whichever comes first.
	FlushEvery time.Duration
	FlushRows  int
	FlushBytes int
	// FetchBytes is about how much one fetch brings of a partition.
	FetchBytes int
	// BudgetBytes bounds what all workers of a service hold fetched and not yet processed.
	BudgetBytes int64
	// ParkLimit is how long a record waits for a schema that the registry says it doesn't know. (A registry that
	// doesn't answer is waited for without limit.)
	ParkLimit time.Duration
	// DeadLetterLimit is how many dead letters in a row halt a partition, as do more than half of the last 5,000 records;
	// 0 never halts. The partition stays where it is until the service restarts.
	DeadLetterLimit int
	// SessionTimeout is how long a silent member keeps its partitions.
	SessionTimeout time.Duration
	// DrainDeadline is how long a worker may take to finish its batch when its partition is revoked. It must be
	// shorter than SessionTimeout, or the group goes on without the member.
	DrainDeadline time.Duration
}

// DefaultTuning suits production.
func DefaultTuning() Tuning {
	return Tuning{
		DedupWindow: 100_000,
		FlushEvery:  250 * time.Millisecond, FlushRows: 100_000, FlushBytes: 8 << 20, FetchBytes: 1 << 20, BudgetBytes: 48 << 20,
		ParkLimit: 5 * time.Minute, DeadLetterLimit: 1000, SessionTimeout: 20 * time.Second, DrainDeadline: 10 * time.Second,
	}
}

func (c Config) check() error {
	switch {
	case c.Decoder == nil || c.Publisher == nil || c.Keys == nil:
		return errors.New("a service needs a decoder, a publisher and keys")
	case c.Logger == nil || c.Registerer == nil:
		return errors.New("a service needs a logger and a metrics registerer")
	case c.Tuning.DrainDeadline >= c.Tuning.SessionTimeout:
		return errors.New("the drain deadline must be shorter than the session timeout")
	}
	return nil
}
