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

// connection says where a command's engines are: given one by one, or as the data folder of a local instance.
type connection struct {
	Data       string                  `type:"path" env:"ASSAY_DATA" placeholder:"DIR" help:"Data folder of a local instance ('assay up'), running or not; stands for all addresses below."`
	Cluster    topology.Cluster        `embed:"" group:"Kafka"`
	Registry   schemas.RegistryOptions `embed:"" group:"Schema registry"`
	ClickHouse clickhouse.Options      `embed:"" group:"ClickHouse"`
	Keyring    string                  `type:"path" env:"ASSAY_KEYRING" placeholder:"FILE" help:"File of the keys that seal code and text."`
	kekOption
}

// use makes the engines available and returns what undoes that.
func (c *connection) use(ctx context.Context, log *slog.Logger, need engines) (release func(), err error) {
	if c.Data == "" {
		if need.kafka && len(c.Cluster.Brokers) == 0 {
			return nil, errors.New("where is Kafka? Give --brokers HOST:PORT, or --data DIR for a local instance")
		}
		return func() {}, nil
	}
	i, err := useInstance(ctx, c.Data, log, need)
	if err != nil {
		return nil, err
	}
	i.describe(c)
	return i.close, nil
}

// database makes the engines available and connects to ClickHouse; release undoes both.
func (c *connection) database(ctx context.Context, log *slog.Logger, need engines) (db *clickhouse.DB, release func(), err error) {
	undo, err := c.use(ctx, log, need)
	if err != nil {
		return nil, nil, err
	}
	if db, err = clickhouse.Open(ctx, c.ClickHouse); err != nil {
		undo()
		return nil, nil, err
	}
	return db, func() {
		_ = db.Close()
		undo()
	}, nil
}

// describe fills in the instance's addresses.
func (i *instance) describe(c *connection) {
	c.Data = i.dir
	c.Cluster.Brokers = i.addresses.Brokers
	c.Registry.URL = i.addresses.Registry
	c.ClickHouse.DSN = i.addresses.ClickHouse
	if c.Keyring == "" {
		c.Keyring = keyringFile(i.dir)
	}
}

func keyringFile(data string) string { return filepath.Join(data, "keys", "keyring.json") }

func (c *connection) client() (*kafka.Client, error) { return c.Cluster.Client() }

func (c *connection) keys() (*privacy.Keyring, error) {
	if c.Keyring == "" {
		return nil, errors.New("where are the sealing keys? Give --keyring FILE (made when absent); every process of one installation needs the same file")
	}
	return c.openKeyring(c.Keyring)
}

// publisher returns a publisher, and its registry.
func (c *connection) publisher(log *slog.Logger, metrics prometheus.Registerer) (*producers.Publisher, *schemas.RegistryClient, error) {
	client, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	registry, err := c.Registry.Client()
	if err != nil {
		return nil, nil, err
	}
	p, err := producers.New(producers.Config{Client: client, Registry: registry, Logger: log, Registerer: metrics})
	if err != nil {
		return nil, nil, fmt.Errorf("make a publisher: %w", err)
	}
	return p, registry, nil
}
