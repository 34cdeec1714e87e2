package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded"
)

// rig is a whole installation on this machine, each part a process of its own.
type rig struct {
	dir, logs string
	rules     string // file of those that quality follows
	session   time.Duration
	log       *slog.Logger

	direct   connection // to the engines, for the driver
	proxied  connection // what the services are given: ClickHouse and the registry may fail them
	registry *proxy
	clicks   *proxy // in front of ClickHouse

	broker     *supervised // and registry
	brokerPIDs []int       // of a cluster that is not the rig's
	producer   *supervised

	mu       sync.Mutex
	services map[string]*members
	retired  []*supervised

	serverMu sync.Mutex // held while the server is down
	server   *embedded.Server
	config   embedded.Config
	kills    int // of the server
}

const rigWait = 2 * time.Minute // for engines to come up

// newRig starts the engines in an empty folder and creates topics and tables. Brokers or a registry that are given are used
// instead of its own.
func newRig(ctx context.Context, dir string, given connection, session time.Duration, log *slog.Logger) (r *rig, err error) {
	r = &rig{dir: dir, logs: filepath.Join(dir, "logs"), session: session, log: log, services: map[string]*members{}, direct: given}
	defer func() {
		if err != nil {
			r.close(ctx)
		}
	}()
	if err := os.MkdirAll(r.logs, 0o700); err != nil {
		return r, fmt.Errorf("create the data folder: %w", err)
	}
	ports, err := freePorts(4)
	if err != nil {
		return r, err
	}
	r.direct.Keyring = filepath.Join(dir, "keyring.json")
	r.rules = filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(r.rules, []byte(chaosRules), 0o600); err != nil {
		return r, fmt.Errorf("write the rules: %w", err)
	}
	if len(given.Cluster.Brokers) == 0 {
		r.direct.Cluster.Brokers = []string{loopback(ports[0])}
	}
	if given.Registry.URL == "" {
		r.direct.Registry.URL = "http://" + loopback(ports[1])
		r.broker, err = supervise(r.logs, targetBroker, func() []string {
			return []string{"chaos-broker", "--log-level=warn", "--dir=" + filepath.Join(dir, "kafka"), "--port=" + strconv.Itoa(ports[0]), "--registry=" + strconv.Itoa(ports[1])}
		})
		if err != nil {
			return r, err
		}
	}
	library, err := embedded.Library(ctx, progressLine)
	if err != nil {
		return r, err
	}
	r.config = embedded.Config{Dir: filepath.Join(dir, "clickhouse"), Library: library, TCPPort: ports[2], HTTPPort: ports[3], Logger: quiet(log)}
	if r.server, err = embedded.Start(ctx, r.config); err != nil {
		return r, err
	}
	r.direct.ClickHouse.DSN = fmt.Sprintf("clickhouse://%s@%s/assay", embedded.User, r.server.TCPAddr())
	r.proxied = r.direct
	if r.clicks, err = newProxy(r.server.TCPAddr()); err != nil {
		return r, err
	}
	r.proxied.ClickHouse.DSN = fmt.Sprintf("clickhouse://%s@%s/assay", embedded.User, r.clicks.address())
	if r.registry, err = newProxy(strings.TrimPrefix(r.direct.Registry.URL, "http://")); err != nil {
		return r, err
	}
	r.proxied.Registry.URL = "http://" + r.registry.address()
	return r, r.until(ctx, rigWait, "create topics and tables", func() error { _, err := prepare(ctx, &r.direct, math.MaxInt); return err })
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts finds ports that are free at the moment.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", loopback(0))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// until repeats what fails until it works, for a bounded time.
func (r *rig) until(ctx context.Context, limit time.Duration, what string, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(err, ctx.Err()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// connectionFlags are the flags that lead a process to the rig.
func connectionFlags(c *connection) []string {
	return []string{"--brokers=" + strings.Join(c.Cluster.Brokers, ","), "--registry=" + c.Registry.URL, "--clickhouse=" + c.ClickHouse.DSN, "--keyring=" + c.Keyring, "--keyring-kek=" + c.KEK}
}

func (r *rig) startProducer(seed uint64, events int64, rate float64) error {
	since := time.Now()
	var err error
	r.producer, err = supervise(r.logs, targetProducer, func() []string {
		return append([]string{"chaos-producer", "--log-level=warn", "--journal=" + r.journal(), "--seed=" + strconv.FormatUint(seed, 10),
			"--events=" + strconv.FormatInt(events, 10), "--rate=" + strconv.FormatFloat(rate, 'f', -1, 64), "--since=" + since.Format(time.RFC3339Nano)},
			connectionFlags(&r.proxied)...)
	})
	return err
}

func (r *rig) journal() string { return filepath.Join(r.dir, "journal.json") }

// killClickHouse ends the server like a power cut and starts it again.
func (r *rig) killClickHouse(ctx context.Context, pause time.Duration) error {
	r.serverMu.Lock()
	defer r.serverMu.Unlock()
	r.server.Kill()
	r.kills++
	if err := sleepFor(ctx, pause); err != nil {
		return err
	}
	server, err := embedded.Start(ctx, r.config)
	if err != nil {
		return fmt.Errorf("start ClickHouse again: %w", err)
	}
	r.server = server
	return nil
}

// alter changes a setting of every table that the services write, views' targets aside.
func (r *rig) alter(ctx context.Context, change string) error {
	return r.until(ctx, rigWait, change, func() error {
		db, err := clickhouse.Open(ctx, r.direct.ClickHouse)
		if err != nil {
			return err
		}
		defer db.Close()
		for _, record := range schemas.Records() {
			if _, err := db.Query(ctx, "ALTER TABLE "+clickhouse.Table(record)+" "+change); err != nil {
				return err
			}
		}
		return nil
	})
}

// processes are all that there are or were, for the ledger.
func (r *rig) processes() []*supervised {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.retired)
	for _, m := range r.services {
		all = append(all, m.alive...)
	}
	for _, p := range []*supervised{r.producer, r.broker} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// close ends whatever still runs.
func (r *rig) close(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for _, p := range []*proxy{r.clicks, r.registry} {
		if p != nil {
			_ = p.close()
		}
	}
	_ = r.stopServices(ctx)
	for _, p := range []*supervised{r.producer, r.broker} {
		if p != nil {
			_ = p.stop(ctx)
		}
	}
	if r.server != nil {
		r.server.Stop()
	}
}

func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
