package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

// Where a command's engines are: given one by one, or as the data folder of a local instance. Each command embeds dataFolder and
// the parts that it uses; connection is all of them.
type (
	dataFolder struct {
		Data string `type:"path" env:"ASSAY_DATA" placeholder:"DIR" help:"Data folder of a local instance ('assay up'), running or not; stands for all addresses below."`
	}
	kafkaFlags struct {
		Cluster topology.Cluster `embed:"" group:"Kafka"`
	}
	registryFlags struct {
		Registry schemas.RegistryOptions `embed:"" group:"Schema registry"`
	}
	clickhouseFlags struct {
		ClickHouse clickhouse.Options `embed:"" group:"ClickHouse"`
	}
	keyringFlags struct {
		Keyring string `type:"path" env:"ASSAY_KEYRING" placeholder:"FILE" help:"File of the keys that seal code and text."`
		kekOption
	}
	// topics are where events are published and read.
	topics struct {
		kafkaFlags
		registryFlags
	}
	connection struct {
		dataFolder
		topics
		clickhouseFlags
		keyringFlags
	}
)

// places are what a command uses, nil what it doesn't. A local instance fills them in.
type places struct {
	kafka      *topology.Cluster
	registry   *schemas.RegistryOptions
	clickhouse *clickhouse.Options
	keyring    *string
}

func (c *connection) places() places {
	return places{kafka: &c.Cluster, registry: &c.Registry, clickhouse: &c.ClickHouse, keyring: &c.Keyring}
}

// use makes the engines available that the places need and returns what undoes that.
func (d *dataFolder) use(ctx context.Context, log *slog.Logger, at places) (release func(), err error) {
	return d.start(ctx, log, at, engines{kafka: at.kafka != nil, clickhouse: at.clickhouse != nil})
}

// start is use for a command that doesn't need the engine of every place.
func (d *dataFolder) start(ctx context.Context, log *slog.Logger, at places, need engines) (release func(), err error) {
	if d.Data == "" {
		if need.kafka && len(at.kafka.Brokers) == 0 {
			return nil, errors.New("where is Kafka? Give --brokers HOST:PORT, or --data DIR for a local instance")
		}
		return func() {}, nil
	}
	i, err := useInstance(ctx, d.Data, log, need)
	if err != nil {
		return nil, err
	}
	i.describe(at)
	return i.close, nil
}

// database makes the engines available and connects to ClickHouse; release undoes both.
func (d *dataFolder) database(ctx context.Context, log *slog.Logger, at places) (db *clickhouse.DB, release func(), err error) {
	undo, err := d.use(ctx, log, at)
	if err != nil {
		return nil, nil, err
	}
	if db, err = clickhouse.Open(ctx, *at.clickhouse); err != nil {
		undo()
		return nil, nil, err
	}
	return db, func() {
		_ = db.Close()
		undo()
	}, nil
}

// describe fills in the instance's addresses.
func (i *instance) describe(at places) {
	if at.kafka != nil {
		at.kafka.Brokers = i.addresses.Brokers
	}
	if at.registry != nil {
		at.registry.URL = i.addresses.Registry
	}
	if at.clickhouse != nil {
		at.clickhouse.DSN = i.addresses.ClickHouse
	}
	if at.keyring != nil && *at.keyring == "" {
		*at.keyring = keyringFile(i.dir)
	}
}

// connection leads to the instance.
func (i *instance) connection() *connection {
	c := &connection{dataFolder: dataFolder{Data: i.dir}}
	i.describe(c.places())
	return c
}

func keyringFile(data string) string { return filepath.Join(data, "keys", "keyring.json") }

func (k *kafkaFlags) client() (*kafka.Client, error) { return k.Cluster.Client() }

func (k *keyringFlags) keys() (*privacy.Keyring, error) {
	if k.Keyring == "" {
		return nil, errors.New("where are the sealing keys? Give --keyring FILE (made when absent); every process of one installation needs the same file")
	}
	return k.openKeyring(k.Keyring)
}

// publisher returns a publisher, and its registry.
func (t *topics) publisher(log *slog.Logger, metrics prometheus.Registerer) (*producers.Publisher, *schemas.RegistryClient, error) {
	client, err := t.client()
	if err != nil {
		return nil, nil, err
	}
	registry, err := t.Registry.Client()
	if err != nil {
		return nil, nil, err
	}
	p, err := producers.New(producers.Config{Client: client, Registry: registry, Logger: log, Registerer: metrics})
	if err != nil {
		return nil, nil, fmt.Errorf("make a publisher: %w", err)
	}
	return p, registry, nil
}
