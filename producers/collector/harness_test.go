package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/redact"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
	"github.com/assayhq/assay/topology/partlog"
)

// rig is a collector with a real broker behind it, which can be stopped and started.
type rig struct {
	*Collector
	t       testing.TB
	dir     string
	broker  *local.Local
	cluster topology.Cluster
	keys    *privacy.Keyring
	spooled *producers.SpooledPublisher
	metrics *prometheus.Registry

	url, grpc string
	stop      context.CancelFunc
	ended     chan error
}

// settings are what tests change.
type settings struct {
	mappings  []intake.Mapping
	localOrg  string
	perSecond float64
	ackWait   time.Duration
	keyring   []privacy.Option
	spool     int64 // bytes
}

func startRig(t testing.TB, s settings) *rig {
	t.Helper()
	if s.perSecond == 0 {
		s.perSecond = 1e9
	}
	if s.spool == 0 {
		s.spool = 1 << 30
	}
	r := &rig{t: t, dir: t.TempDir(), metrics: prometheus.NewRegistry(), ended: make(chan error, 1)}
	r.startBroker()
	t.Cleanup(r.stopBroker)
	r.cluster = r.broker.Cluster()
	topo, err := topology.New()
	r.must(err)
	client := localtest.Client(t, r.cluster)
	plan, err := topo.Plan(t.Context(), client)
	r.must(err)
	r.must(plan.Apply(t.Context(), client, false))
	registry, err := schemas.RegistryOptions{URL: r.broker.RegistryURL()}.Client()
	r.must(err)
	r.must(topology.RegisterSchemas(t.Context(), registry))

	log := slog.New(slog.DiscardHandler)
	publisher, err := producers.New(producers.Config{Client: client, Registry: registry, Logger: log, Registerer: r.metrics})
	r.must(err)
	r.keys, err = privacy.OpenKeyring(filepath.Join(r.dir, "keyring.json"), s.keyring...)
	r.must(err)
	r.spooled, err = publisher.OpenSpool(producers.SpoolConfig{Dir: filepath.Join(r.dir, "spool"), MaxBytes: s.spool, AckWait: s.ackWait})
	r.must(err)
	store, err := tokens.Open(r.tokensFile())
	r.must(err)
	scanner, err := secrets.New()
	r.must(err)
	r.Collector, err = New(Config{
		Mappings: append([]intake.Mapping{events.Mapping{}}, s.mappings...), Publisher: r.spooled, Keys: r.keys, Redact: redact.New(scanner.Spans), Tokens: store,
		Logger: log, Registerer: r.metrics, Version: "test", LocalOrg: s.localOrg, EventsPerSecond: s.perSecond,
	})
	r.must(err)
	overHTTP, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	overGRPC, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	r.url, r.grpc = "http://"+overHTTP.Addr().String(), overGRPC.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = cancel
	go func() { r.ended <- r.Run(ctx, overHTTP, overGRPC) }()
	t.Cleanup(func() {
		cancel()
		if err := <-r.ended; err != nil {
			t.Errorf("run: %v", err)
		}
		closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(r.spooled.Close(), publisher.Close(closing)); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tokensFile() string { return filepath.Join(r.dir, "tokens.json") }

// startBroker serves what the last one left, on its ports.
func (r *rig) startBroker() {
	r.t.Helper()
	broker, err := local.Start(context.Background(), local.Config{Dir: filepath.Join(r.dir, "broker"), Logger: slog.New(slog.DiscardHandler)})
	r.must(err)
	r.broker = broker
}

func (r *rig) stopBroker() {
	if r.broker != nil {
		if err := r.broker.Close(); err != nil {
			r.t.Error(err)
		}
		r.broker = nil
	}
}

func (r *rig) token(org, client string) string {
	r.t.Helper()
	text, _, err := tokens.Create(r.tokensFile(), org, client, schemas.EnvironmentCanary)
	r.must(err)
	r.must(r.config.Tokens.Reload())
	return text
}

// answer is a response, read.
type answer struct {
	status  int
	headers http.Header
	body    string
	events.Results
}

// post sends a body with headers given as "Name: value".
func (r *rig) post(path, body string, headers ...string) answer {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, bytes.NewReader([]byte(body)))
	r.must(err)
	request.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := bytes.Cut([]byte(h), []byte(": "))
		if request.Header.Set(string(name), string(value)); string(name) == "Host" {
			request.Host = string(value)
		}
	}
	response, err := http.DefaultClient.Do(request)
	r.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r.must(err)
	a := answer{status: response.StatusCode, headers: response.Header, body: string(text)}
	_ = json.Unmarshal(text, &a.Results) // other answers are judged by their text
	return a
}

// published is an event as it stands in Kafka.
type published struct {
	schemas.Event
	partition int
}

// read returns everything in a topic, partition by partition.
func (r *rig) read(topic string) (all []published) {
	r.t.Helper()
	client := localtest.Client(r.t, r.cluster)
	registry, err := schemas.RegistryOptions{URL: r.broker.RegistryURL()}.Client()
	r.must(err)
	decoder, record := schemas.NewDecoder(registry), schemas.ByTopic(topic)
	for _, t := range topology.Topics() {
		if t.Name != topic {
			continue
		}
		for p := range t.Partitions {
			reader, err := partlog.NewReader(r.cluster, client, topic, p)
			r.must(err)
			for offset, end := int64(0), int64(1); offset < end; {
				chunk, err := reader.Fetch(r.t.Context(), offset, 8<<20, time.Millisecond)
				r.must(err)
				for _, m := range chunk.Records {
					e, err := decoder.Decode(r.t.Context(), record, m.Value)
					r.must(err)
					all = append(all, published{e, p})
				}
				offset, end = chunk.Next, chunk.End
			}
			reader.Close()
		}
	}
	return all
}

// find returns the one event of a topic with the id, or that a client sent under it.
func (r *rig) find(topic, id string) schemas.Event {
	r.t.Helper()
	var found schemas.Event
	for _, e := range r.read(topic) {
		if got := e.Env().EventID; got == id || got == schemas.DerivedID(e.Env().Org, id) {
			found = e.Event
		}
	}
	if found == nil {
		r.t.Fatalf("%s has no event %q", topic, id)
	}
	return found
}

// holding returns the files of the rig in which the text stands.
func (r *rig) holding(text string) (files []string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			files = append(files, path)
		}
		return err
	})
	r.must(err)
	return files
}

const noon = "2026-01-05T12:00:00Z"

// shown is the JSON of an event; more are further fields.
func shown(id, file, more string) string {
	return fmt.Sprintf(`{"record":"CodeEvent","event_id":%q,"occurred_at":%q,"kind":"suggestion_shown","file_id":%q%s}`, id, noon, file, more)
}
