package main

import (
	"context"
	"errors"
	"sync"

	"github.com/assayhq/assay/producers/collector"
	"github.com/assayhq/assay/sinks/clickhouse"
)

// gateReader answers the collector from ClickHouse. It connects when it is first asked: a collector that only takes events needs
// no ClickHouse.
type gateReader struct {
	options clickhouse.Options

	mu sync.Mutex
	db *clickhouse.DB
}

// Decision implements collector.GateReader.
func (g *gateReader) Decision(ctx context.Context, org, change string) (collector.GateAnswer, bool, error) {
	db, err := g.open(ctx)
	if err != nil {
		return collector.GateAnswer{}, false, err
	}
	d, ok, err := readDecision(ctx, db, org, change)
	return d.GateAnswer, ok, err
}

func (g *gateReader) open(ctx context.Context) (*clickhouse.DB, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.db != nil {
		return g.db, nil
	}
	if g.options.DSN == "" {
		return nil, errors.New("the collector was started without an address of ClickHouse, which has the gate's decisions")
	}
	db, err := clickhouse.Open(ctx, g.options)
	g.db = db
	return db, err
}

func (g *gateReader) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.db == nil {
		return nil
	}
	return g.db.Close()
}
