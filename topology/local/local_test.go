package local_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
	"github.com/assayhq/assay/topology/partlog"
)

func start(t *testing.T, dir string) *local.Local {
	t.Helper()
	l, err := local.Start(t.Context(), local.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func stop(t *testing.T, l *local.Local) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// fill creates a topic and stores the values and a commit of the group "g" at offset 1.
func fill(t *testing.T, cluster topology.Cluster, values ...string) {
	t.Helper()
	client := localtest.Client(t, cluster)
	plan, err := topology.Topology{Topics: []topology.Topic{{Name: "kept", Partitions: 1, Retention: 1 << 50}}}.Plan(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), client, false); err != nil {
		t.Fatal(err)
	}
	for _, value := range values {
		response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: "kept", RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
		})
		if err != nil || response.Error != nil {
			t.Fatal(err, response)
		}
	}
	commit, err := client.OffsetCommit(t.Context(), &kafka.OffsetCommitRequest{
		GroupID: "g", GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{"kept": {{Offset: 1, Metadata: "to=2"}}},
	})
	if err != nil || commit.Topics["kept"][0].Error != nil {
		t.Fatal(err, commit)
	}
}

// expectKept checks what fill stored.
func expectKept(t *testing.T, cluster topology.Cluster, records int64) {
	t.Helper()
	client := localtest.Client(t, cluster)
	lags, err := topology.Lag(t.Context(), client, "g", "kept")
	if err != nil {
		t.Fatal(err)
	}
	if lag := lags[0]; lag.End != records || lag.Committed != 1 || lag.Metadata != "to=2" {
		t.Errorf("kept %+v, want %d records, a commit at 1 with its metadata", lag, records)
	}
	reader, err := partlog.NewReader(cluster, client, "kept", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if chunk, err := reader.Fetch(t.Context(), lags[0].Committed, 1<<20, time.Second); err != nil || len(chunk.Records) == 0 || chunk.Records[0].Time == 0 {
		t.Errorf("nothing to read from the commit on: %v", err)
	}
}

func TestRestartKeepsRecordsCommitsAndPorts(t *testing.T) {
	dir := t.TempDir()
	l := start(t, dir)
	cluster, registry := l.Cluster(), l.RegistryURL()
	fill(t, cluster, "a", "b", "c")
	stop(t, l)
	l = start(t, dir)
	defer stop(t, l)
	if !slices.Equal(l.Cluster().Brokers, cluster.Brokers) || l.RegistryURL() != registry {
		t.Errorf("now on %v and %s, were on %v and %s", l.Cluster().Brokers, l.RegistryURL(), cluster.Brokers, registry)
	}
	expectKept(t, l.Cluster(), 3)
}

// The broker looks for expired commits every ten minutes; here, every millisecond.
func TestCommitsDoNotExpire(t *testing.T) {
	dir := t.TempDir()
	stop(t, start(t, dir))
	often := []byte(`{"version": 1, "configs": {"offsets.retention.check.interval.ms": "1"}}`)
	if err := os.WriteFile(filepath.Join(dir, "kafka", "broker_configs.json"), often, 0o600); err != nil {
		t.Fatal(err)
	}
	l := start(t, dir)
	defer stop(t, l)
	fill(t, l.Cluster(), "a", "b")
	for range 20 {
		expectKept(t, l.Cluster(), 2)
	}
}

func TestRememberedPortIsReplacedWhenTaken(t *testing.T) {
	dir := t.TempDir()
	l := start(t, dir)
	address := l.Cluster().Brokers[0]
	stop(t, l)
	occupant, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer occupant.Close()
	l = start(t, dir)
	defer stop(t, l)
	fill(t, l.Cluster(), "a")
}

func TestStartRefuses(t *testing.T) {
	occupant, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupant.Close()
	port := occupant.Addr().(*net.TCPAddr).Port
	used := t.TempDir()
	defer stop(t, start(t, used))

	for name, test := range map[string]struct {
		config local.Config
		want   []string
	}{
		"Kafka's port taken":      {local.Config{Dir: t.TempDir(), KafkaPort: port}, []string{"for Kafka is taken", "--kafka-port"}},
		"the registry's taken":    {local.Config{Dir: t.TempDir(), RegistryPort: port}, []string{"for the schema registry is taken", "--registry-port"}},
		"folder used by another":  {local.Config{Dir: used}, []string{used, "in use", "--data"}},
		"list of topics is gone":  {local.Config{Dir: damaged(t, removeTopics)}, []string{"no topics.json", "restore"}},
		"list of topics is bad":   {local.Config{Dir: damaged(t, spoil("kafka/topics.json", 1))}, []string{"kafka", "restore"}},
		"a record is spoilt":      {local.Config{Dir: damaged(t, spoil("kafka/partitions/kept-0/0.dat", 40))}, []string{"0.dat", "damaged at byte 0", "restore", "truncate -s 0"}},
		"a length is spoilt":      {local.Config{Dir: damaged(t, spoil("kafka/partitions/kept-0/0.dat", 8))}, []string{"0.dat", "damaged at byte 0"}},
		"a commit is spoilt":      {local.Config{Dir: damaged(t, spoil("kafka/groups.log", 12))}, []string{"groups.log", "damaged at byte 0"}},
		"a schema is spoilt":      {local.Config{Dir: damaged(t, spoil("registry.jsonl", 0))}, []string{"registry.jsonl", "line 1", "restore"}},
		"the ports are not ports": {local.Config{Dir: damaged(t, spoil("ports.json", 0))}, []string{"ports.json", "delete"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.config.Logger = slog.New(slog.DiscardHandler)
			l, err := local.Start(t.Context(), test.config)
			if err == nil {
				stop(t, l)
				t.Fatal("starts")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a sentence", err)
			}
		})
	}
}

// damaged returns a data folder that was in order until harm was done to it.
func damaged(t *testing.T, harm func(t *testing.T, dir string)) string {
	t.Helper()
	dir := t.TempDir()
	l := start(t, dir)
	fill(t, l.Cluster(), "a", "b")
	register(t, l, "foreign-value", `"string"`)
	stop(t, l)
	harm(t, dir)
	return dir
}

func removeTopics(t *testing.T, dir string) {
	if err := os.Remove(filepath.Join(dir, "kafka", "topics.json")); err != nil {
		t.Fatal(err)
	}
}

func spoil(file string, at int) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[at] ^= 0x55
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTornWrites: what a kill left half written at the end of a file is cut off, the rest stays.
func TestTornWrites(t *testing.T) {
	for _, file := range []string{"kafka/partitions/kept-0/0.dat", "kafka/groups.log", "registry.jsonl"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := damaged(t, func(t *testing.T, dir string) {
				path := filepath.Join(dir, filepath.FromSlash(file))
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, append(text, text[:len(text)/4]...), 0o600); err != nil {
					t.Fatal(err)
				}
			})
			for range 2 {
				l := start(t, dir)
				expectKept(t, l.Cluster(), 2)
				if id := register(t, l, "foreign-value", `"string"`); id != 1 {
					t.Errorf("the schema has id %d, had 1", id)
				}
				stop(t, l)
			}
		})
	}
}

func TestRegistryKeepsIDs(t *testing.T) {
	dir := t.TempDir()
	l := start(t, dir)
	ids := map[string]int{}
	texts := []string{`"string"`, `"long"`, `{"type":"array","items":"string"}`}
	for _, schema := range texts {
		ids[schema] = register(t, l, "foreign-value", schema)
	}
	if again := register(t, l, "other-value", `"long"`); again != ids[`"long"`] {
		t.Errorf("the same schema has id %d under another subject, want %d", again, ids[`"long"`])
	}
	stop(t, l)
	size := journalSize(t, dir)
	for range 2 {
		l = start(t, dir)
		for _, schema := range slices.Backward(texts) {
			if id := register(t, l, "foreign-value", schema); id != ids[schema] {
				t.Errorf("%s has id %d after a restart, had %d", schema, id, ids[schema])
			}
		}
		stop(t, l)
	}
	if now := journalSize(t, dir); now != size {
		t.Errorf("registering again grew the journal from %d to %d bytes", size, now)
	}
}

func register(t *testing.T, l *local.Local, subject, schema string) int {
	t.Helper()
	client, err := schemas.RegistryOptions{URL: l.RegistryURL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.Register(t.Context(), subject, schema)
	if err != nil {
		t.Fatal(err)
	}
	text, err := client.SchemaByID(t.Context(), id)
	if err != nil || text != schema {
		t.Fatalf("schema %d is %q, %v; want %q", id, text, err, schema)
	}
	return id
}

func journalSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "registry.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTopologyIsAppliedOnce(t *testing.T) {
	l := localtest.Start(t, topology.Service{Name: "quality", Shape: topology.Fold, Inputs: []string{"quality.outcomes"}, Outputs: []string{"models.retrain"}})
	topo, err := topology.New()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := topo.Plan(t.Context(), localtest.Client(t, l.Cluster()))
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Empty() {
		t.Errorf("a second plan has steps:\n%s", plan)
	}
}
