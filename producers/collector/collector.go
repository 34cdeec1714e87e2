// Package collector takes telemetry from clients that exist, over HTTP and OTLP, protects it and publishes it: who sent it
// (tokens), what it says (mappings, one folder per client), what of it is confidential (protect), and that it isn't lost
// (producers.SpooledPublisher).
//
// What was answered with success is acknowledged by the brokers, or on the disk until they are back. Nothing confidential
// leaves the process in the clear: not to Kafka, the spool, logs, metrics or answers. The package must not know what any one
// client says.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/redact"
	"github.com/assayhq/assay/schemas"
)

// Name is the collector's name as a source, and what its Kafka user is called after the prefix.
const Name = "collector"

// drainDeadline bounds how long requests may take to end after the collector was told to stop.
const drainDeadline = 20 * time.Second

// Publisher keeps events, in Kafka or on the disk, and returns when all are kept; producers.SpooledPublisher is one.
type Publisher interface {
	PublishSync(ctx context.Context, events ...schemas.Event) error
	Pending() int64 // bytes on the disk
}

// Config is what a Collector needs.
type Config struct {
	Mappings   []intake.Mapping
	Publisher  Publisher
	Keys       *privacy.Keyring
	Redact     *redact.Redactor // of clients' words that stay in the clear
	Tokens     *tokens.Store
	Logger     *slog.Logger
	Registerer prometheus.Registerer // assay_collector_*
	Gate       GateReader            // answers what may be merged; nil where nobody does
	Version    string                // for the API's description

	// LocalOrg is whose the requests of programs on this machine are that bring no token of Assay's; empty where every
	// request needs one.
	LocalOrg string
	// EventsPerSecond bounds what one token may send in the long run; for ten seconds it may send more.
	EventsPerSecond float64
}

// Collector serves clients. It does nothing before Run.
type Collector struct {
	config   Config
	log      *slog.Logger
	keys     *privacy.Keyring
	redact   *redact.Redactor
	hashers  *hashers
	metrics  *metrics
	limits   *limits
	memory   *semaphore.Weighted // bytes of bodies in work
	routes   map[string][]served // by method and path
	draining atomic.Bool
	keyless  keyless
	now      func() time.Time
}

// served is a mapping behind a route.
type served struct {
	route   intake.Route
	mapping intake.Mapping
}

// New checks the configuration.
func New(c Config) (*Collector, error) {
	metrics, err := newMetrics(c.Registerer)
	if err != nil {
		return nil, err
	}
	collector := &Collector{
		config: c, log: c.Logger, keys: c.Keys, redact: c.Redact, hashers: &hashers{keys: c.Keys}, metrics: metrics,
		limits: newLimits(c.EventsPerSecond), memory: semaphore.NewWeighted(maxMemory),
		routes: map[string][]served{}, now: time.Now, keyless: keyless{logged: rate.Sometimes{First: 1, Interval: 10 * time.Second}},
	}
	for _, m := range c.Mappings {
		for _, r := range m.Routes() {
			name := r.Method + " " + r.Path
			others := collector.routes[name]
			for _, o := range others {
				if o.route.Claims == nil && r.Claims == nil {
					return nil, fmt.Errorf("two mappings take everything at %s: one of them must claim what is its", name)
				}
			}
			if r.Claims == nil {
				others = append(others, served{r, m})
			} else {
				others = append([]served{{r, m}}, others...)
			}
			collector.routes[name] = others
		}
	}
	return collector, nil
}

// Run serves HTTP (1.1, and 2 without TLS) and OTLP over gRPC until ctx ends. Then it accepts nothing more, finishes what it
// accepted and returns.
func (c *Collector) Run(ctx context.Context, overHTTP, overGRPC net.Listener) error {
	server := &http.Server{
		Handler: c.Handler(), ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	rpc := c.grpcServer()
	g, serving := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(overHTTP); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve clients over HTTP: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		if err := rpc.Serve(overGRPC); err != nil && !errors.Is(err, grpc.ErrServerStopped) { // before it began
			return fmt.Errorf("serve clients over gRPC: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-serving.Done()
		return c.drain(server, rpc)
	})
	return g.Wait()
}

func (c *Collector) drain(server *http.Server, rpc *grpc.Server) error {
	c.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drainDeadline)
	defer cancel()
	defer context.AfterFunc(ctx, rpc.Stop)() // breaks off what GracefulStop waits for
	err := server.Shutdown(ctx)
	rpc.GracefulStop()
	if err != nil {
		return fmt.Errorf("finish the requests of clients: %w", errors.Join(err, server.Close()))
	}
	return nil
}

// Ready says whether the collector takes events.
func (c *Collector) Ready() bool { return !c.draining.Load() }

// Kept is how many bytes of events are on the disk, accepted and not published yet.
func (c *Collector) Kept() int64 { return c.config.Publisher.Pending() }
