package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/collector"
	editors "github.com/assayhq/assay/producers/collector/clients"
	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/github"
	"github.com/assayhq/assay/producers/collector/gitlab"
	"github.com/assayhq/assay/producers/collector/pagerduty"
	"github.com/assayhq/assay/producers/collector/tokens"
)

// mappings are the clients that the collector understands: editors and agents stand in package clients, others add their line
// here.
var mappings = append(editors.Mappings(),
	events.Mapping{}, github.New(), gitlab.Mapping{}, pagerduty.Mapping{},
)

// collectorOptions say where clients send, and what the collector keeps on the disk.
type collectorOptions struct {
	ListenHTTP string  `name:"collector" env:"ASSAY_COLLECTOR" placeholder:"ADDR" help:"Address of the collector for clients. Default: port 4318; with 'assay up' of this machine alone, and a free one where that is taken."`
	ListenGRPC string  `name:"collector-grpc" env:"ASSAY_COLLECTOR_GRPC" placeholder:"ADDR" help:"The same for OTLP over gRPC. Default: port 4317."`
	Tokens     string  `name:"collector-tokens" type:"path" env:"ASSAY_COLLECTOR_TOKENS" placeholder:"FILE" help:"File of the tokens that clients need; see 'assay tokens'. Default: in the data folder."`
	Spool      string  `name:"collector-spool" type:"path" env:"ASSAY_COLLECTOR_SPOOL" placeholder:"DIR" help:"Folder that keeps accepted events while Kafka is away; on a disk that outlives the process. Default: in the data folder."`
	SpoolMB    int64   `name:"collector-spool-mb" default:"4096" env:"ASSAY_COLLECTOR_SPOOL_MB" help:"Its size at most; when it is full clients are told to come again. Default: ${default}."`
	TokenLimit float64 `name:"collector-rate" default:"50000" env:"ASSAY_COLLECTOR_RATE" help:"Events per second of one token in the long run. Default: ${default}."`
}

// Where clients send unless they are told otherwise: the ports of OTLP.
const (
	collectorPort     = "4318"
	collectorGRPCPort = "4317"
)

// clients is a collector with what it listens on and keeps.
type clients struct {
	*collector.Collector
	spooled    *producers.SpooledPublisher
	http, grpc net.Listener
	gate       *gateReader
}

// complete fills in what wasn't given, and checks the rest.
func (o *collectorOptions) complete(c *connection) error {
	if c.Data != "" {
		if o.Tokens == "" {
			o.Tokens = tokensFile(c.Data)
		}
		if o.Spool == "" {
			o.Spool = filepath.Join(c.Data, "collector", "spool")
		}
	}
	if o.ListenHTTP == "" {
		o.ListenHTTP = ":" + collectorPort
	}
	if o.ListenGRPC == "" {
		o.ListenGRPC = ":" + collectorGRPCPort
	}
	switch {
	case o.Tokens == "":
		return errors.New("where are the clients' tokens? Give --collector-tokens FILE ('assay tokens create' makes it)")
	case o.Spool == "":
		return errors.New("where may events wait while Kafka is away? Give --collector-spool DIR")
	case o.SpoolMB < 1:
		return errors.New("--collector-spool-mb must be 1 or more")
	case o.TokenLimit < 1:
		return errors.New("--collector-rate must be 1 or more")
	}
	return nil
}

func tokensFile(data string) string { return filepath.Join(data, "collector", "tokens.json") }

// listen takes the collector's ports.
func (o *collectorOptions) listen() (overHTTP, overGRPC net.Listener, err error) {
	if overHTTP, err = net.Listen("tcp", o.ListenHTTP); err != nil {
		return nil, nil, fmt.Errorf("listen for --collector: %w: choose another address with --collector", err)
	}
	if overGRPC, err = net.Listen("tcp", o.ListenGRPC); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("listen for --collector-grpc: %w: choose another address with --collector-grpc", err), overHTTP.Close())
	}
	return overHTTP, overGRPC, nil
}

// addCollector has the fleet serve clients, too. Programs on this machine need no token where localOrg says whose they are.
func (f *fleet) addCollector(c *connection, o collectorOptions, localOrg string, log *slog.Logger, metrics prometheus.Registerer) (err error) {
	if err := o.complete(c); err != nil {
		return err
	}
	store, err := tokens.Open(o.Tokens)
	if err != nil {
		return err
	}
	redactor, err := newRedactor()
	if err != nil {
		return err
	}
	s := &clients{gate: &gateReader{options: c.ClickHouse}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.http, s.grpc, err = o.listen(); err != nil {
		return err
	}
	if s.spooled, err = f.publisher.OpenSpool(producers.SpoolConfig{Dir: o.Spool, MaxBytes: o.SpoolMB << 20}); err != nil {
		return err
	}
	s.Collector, err = collector.New(collector.Config{
		Mappings: mappings, Publisher: s.spooled, Keys: f.keys, Redact: redactor, Tokens: store, Logger: log, Registerer: metrics,
		Gate: s.gate, Version: version, LocalOrg: localOrg, EventsPerSecond: o.TokenLimit,
	})
	if err != nil {
		return err
	}
	f.clients = s
	return nil
}

func (s *clients) run(ctx context.Context) error { return s.Run(ctx, s.http, s.grpc) }

func (s *clients) close() error {
	err := s.gate.close()
	for _, l := range []net.Listener{s.http, s.grpc} {
		if l == nil {
			continue
		}
		if e := l.Close(); !errors.Is(e, net.ErrClosed) { // the servers close theirs
			err = errors.Join(err, e)
		}
	}
	if s.spooled != nil {
		err = errors.Join(err, s.spooled.Close())
	}
	return err
}

// openPorts takes the usual ports on this machine, or free ones where another program has those: an `assay up` more than one
// must not fail for it.
func (o *collectorOptions) openPorts() {
	for address, port := range map[*string]string{&o.ListenHTTP: collectorPort, &o.ListenGRPC: collectorGRPCPort} {
		if *address != "" {
			continue
		}
		*address = net.JoinHostPort("127.0.0.1", port)
		if l, err := net.Listen("tcp", *address); err != nil {
			*address = net.JoinHostPort("127.0.0.1", "0")
		} else {
			_ = l.Close()
		}
	}
}
