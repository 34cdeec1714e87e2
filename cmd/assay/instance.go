package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/assayhq/assay/sinks/clickhouse/embedded"
	"github.com/assayhq/assay/topology/local"
)

// engines says which of a data folder's engines are needed.
type engines struct{ kafka, clickhouse bool }

// ports are where a local instance listens; 0 takes those of the last run, or free ones.
type ports struct {
	Kafka      int `name:"kafka-port" placeholder:"PORT" help:"Port of the broker; default: that of the last run, or a free one."`
	Registry   int `name:"registry-port" placeholder:"PORT" help:"Port of the schema registry."`
	ClickHouse int `name:"clickhouse-port" placeholder:"PORT" help:"Port of ClickHouse's native protocol."`
	HTTP       int `name:"clickhouse-http-port" placeholder:"PORT" help:"Port of ClickHouse's HTTP interface."`
}

// addresses is what run.json tells other processes.
type addresses struct {
	PID        int      `json:"pid"`
	Serving    bool     `json:"serving"` // by assay up, as against a tool that needs an engine for a moment
	Brokers    []string `json:"brokers"`
	Registry   string   `json:"registry"`
	ClickHouse string   `json:"clickhouse"`
	HTTP       string   `json:"clickhouse_http"`
	Ops        string   `json:"ops,omitempty"` // metrics and health

	Collector     string `json:"collector,omitempty"` // of clients, HTTP
	CollectorGRPC string `json:"collector_grpc,omitempty"`
}

// instance is a data folder with its engines, started by this process or by another one.
type instance struct {
	dir       string
	addresses addresses
	lock      *flock.Flock // nil where another process owns the folder
	broker    *local.Local
	server    *embedded.Server
}

const (
	instanceWait = 30 * time.Second // for another tool to end
	orphanWait   = 15 * time.Second // for a ClickHouse whose parent was killed to end
)

// useInstance attaches to the process that serves the folder, or starts the engines that are needed.
func useInstance(ctx context.Context, dir string, log *slog.Logger, need engines) (*instance, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("no local instance in %s: start one with `assay up --data %s`", dir, dir)
	}
	i := &instance{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	mine, err := i.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if !mine {
		i.lock = nil
		return i, nil
	}
	if err := i.start(ctx, ports{}, log, need); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// ownInstance starts all engines of the folder, which nobody else may serve.
func ownInstance(ctx context.Context, dir string, p ports, log *slog.Logger) (*instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	i := &instance{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	mine, err := i.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if !mine {
		return nil, fmt.Errorf("%s is in use by process %d: stop it, or choose another folder with --data", dir, i.addresses.PID)
	}
	if err := i.start(ctx, p, log, engines{kafka: true, clickhouse: true}); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// acquire takes the folder's lock, or reports that another process serves the folder. It waits for tools, which hold the
// lock for a moment.
func (i *instance) acquire(ctx context.Context) (mine bool, err error) {
	for deadline := time.Now().Add(instanceWait); ; {
		locked, err := i.lock.TryLock()
		if err != nil {
			return false, fmt.Errorf("lock the data folder: %w", err)
		}
		if locked {
			return true, nil
		}
		if i.readAddresses() == nil && i.addresses.Serving {
			return false, nil
		}
		if time.Now().After(deadline) {
			return false, fmt.Errorf("%s is in use by process %d, which is no `assay up`: try again when it has ended", i.dir, i.addresses.PID)
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (i *instance) start(ctx context.Context, p ports, log *slog.Logger, need engines) (err error) {
	p.recall(i)
	i.addresses = addresses{PID: os.Getpid()}
	if err := i.writeAddresses(); err != nil {
		return err
	}
	if need.clickhouse {
		library, err := embedded.Library(ctx, progressLine)
		if err != nil {
			return err
		}
		config := embedded.Config{Dir: filepath.Join(i.dir, "clickhouse"), Library: library, TCPPort: p.ClickHouse, HTTPPort: p.HTTP, Logger: log}
		if i.server, err = startServer(ctx, config); err != nil {
			return err
		}
		i.addresses.ClickHouse = fmt.Sprintf("clickhouse://%s@%s/assay", embedded.User, i.server.TCPAddr())
		i.addresses.HTTP = "http://" + i.server.HTTPAddr()
	}
	if need.kafka {
		i.broker, err = local.Start(ctx, local.Config{Dir: i.dir, KafkaPort: p.Kafka, RegistryPort: p.Registry, Logger: log})
		if err != nil {
			return err
		}
		i.addresses.Brokers = i.broker.Cluster().Brokers
		i.addresses.Registry = i.broker.RegistryURL()
	}
	return i.writeAddresses()
}

// recall fills in ClickHouse's ports of the last run where they are free, as programs may know them. (The broker and the
// registry do so themselves.)
func (p *ports) recall(last *instance) {
	if last.readAddresses() != nil {
		return
	}
	for port, address := range map[*int]string{&p.ClickHouse: last.addresses.ClickHouse, &p.HTTP: last.addresses.HTTP} {
		u, err := url.Parse(address)
		if err != nil || *port != 0 {
			continue
		}
		if l, err := net.Listen("tcp", u.Host); err == nil {
			*port = l.Addr().(*net.TCPAddr).Port
			_ = l.Close()
		}
	}
}

// startServer starts ClickHouse. The folder is ours, so one that still runs there has lost its parent and is ending.
func startServer(ctx context.Context, c embedded.Config) (*embedded.Server, error) {
	for deadline := time.Now().Add(orphanWait); ; {
		s, err := embedded.Start(ctx, c)
		if !errors.Is(err, embedded.ErrInUse) || time.Now().After(deadline) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// serve tells other processes that they may attach, and where the rest is.
func (i *instance) serve(rest addresses) error {
	i.addresses.Serving, i.addresses.Ops = true, rest.Ops
	i.addresses.Collector, i.addresses.CollectorGRPC = rest.Collector, rest.CollectorGRPC
	return i.writeAddresses()
}

func (i *instance) runFile() string { return filepath.Join(i.dir, "run.json") }

func (i *instance) readAddresses() error {
	text, err := os.ReadFile(i.runFile())
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &i.addresses)
}

func (i *instance) writeAddresses() error {
	text, err := json.MarshalIndent(i.addresses, "", "  ")
	if err != nil {
		return err
	}
	temporary := i.runFile() + ".new"
	if err := errors.Join(os.WriteFile(temporary, append(text, '\n'), 0o600), os.Rename(temporary, i.runFile())); err != nil {
		return fmt.Errorf("write %s: %w", i.runFile(), err)
	}
	return nil
}

// close stops what this process started.
func (i *instance) close() {
	if i.lock == nil {
		return
	}
	if i.broker != nil {
		_ = i.broker.Close()
	}
	if i.server != nil {
		i.server.Stop()
	}
	i.addresses.PID, i.addresses.Serving = 0, false // the ports are for the next run
	_ = i.writeAddresses()
	_ = i.lock.Unlock()
}

// print tells a person where everything is.
func (i *instance) print(w io.Writer) {
	fmt.Fprintf(w, `
Kafka        %s
Registry     %s
ClickHouse   %s   (HTTP %s)
Metrics      http://%s/metrics
Clients      http://%s   (OTLP over gRPC %s)

Ask:  assay sql --data %s "SELECT * FROM acceptance_by_task"
Stop: Ctrl-C
`, i.addresses.Brokers[0], i.addresses.Registry, i.addresses.ClickHouse, i.addresses.HTTP,
		i.addresses.Ops, i.addresses.Collector, i.addresses.CollectorGRPC, i.dir)
}
