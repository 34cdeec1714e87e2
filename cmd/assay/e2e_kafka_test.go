package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/sinks/clickhouse/embedded"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/conformance"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
)

const mechanism = "SCRAM-SHA-512"

// Every service of the catalogue can do on a real cluster what its edges say, and nothing else.
func TestKafkaAccessOfTheCatalogue(t *testing.T) {
	admin := localtest.Kafka(t)
	localtest.Vacate(t, admin)
	topo, err := wholeTopology()
	if err != nil {
		t.Fatal(err)
	}
	logins := map[string]topology.Cluster{}
	conformance.RunAccess(t, topo, admin, func(name string) topology.Cluster {
		if _, ok := logins[name]; !ok {
			logins[name] = localtest.Login(t, admin, mechanism, "assay-"+name)
		}
		return logins[name]
	})
}

// The way through an installation with TLS, logins and access rules: every process is its own principal. A service is
// killed halfway, and the recording comes twice.
func TestKafkaEndToEnd(t *testing.T) {
	study, truth := shared(t, "telemetry/copilot_study.jsonl"), shared(t, "telemetry/ground_truth.json")
	i := install(t)
	services := map[string]*process{}
	for _, name := range serviceNames() {
		services[name] = i.serve(name, name)
	}
	i.assay("producer", "replay", study)
	i.await("the warehouse to be in the middle of it", func() (bool, error) {
		lags, err := topology.Lag(t.Context(), i.client, "assay-warehouse", "assistant.code")
		for _, l := range lags {
			if l.Committed > 0 {
				return true, err
			}
		}
		return false, err
	})
	services["warehouse"].signal(syscall.SIGKILL)
	services["warehouse"].wait()
	services["warehouse"] = i.serve("warehouse", "warehouse")
	i.assay("producer", "replay", study)
	i.awaitDrained()

	i.expectStudy(truth)
	var r report
	i.assayJSON(&r, "admin", "report", "--json")
	if r.Lag != 0 || r.DeadLetters != 0 || !r.Ledger.Balanced || r.Topics["quality.outcomes"] == 0 || r.Topics["code.findings"] == 0 {
		t.Errorf("%+v, problems %v", r, r.Ledger.Problems)
	}
	for name, p := range services {
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Errorf("%s ended with %d:\n%s", name, code, p.log)
		}
	}
}

// A service that runs under another one's login says what is wrong and ends.
func TestKafkaRefusesTheWrongPrincipal(t *testing.T) {
	i := install(t)
	p := i.serve("quality", "outcomes")
	if code := p.wait(); code == 0 || !strings.Contains(p.log.String(), "assay topology acls") {
		t.Errorf("exit code %d:\n%s", code, p.log)
	}
	i.logins["outcomes"] = i.logins["producer"]
	outcomes := i.logins["outcomes"]
	outcomes.SASL.Password += "x"
	i.logins["outcomes"] = outcomes
	p = i.serve("outcomes", "outcomes")
	if code := p.wait(); code == 0 || !strings.Contains(p.log.String(), "check the login") {
		t.Errorf("with a wrong password: exit code %d:\n%s", code, p.log)
	}
}

// installation is Assay on a real cluster, with a registry and ClickHouse of the test's own.
type installation struct {
	t           testing.TB
	logins      map[string]topology.Cluster // by the name of the principal
	client      *kafka.Client               // logged in as admin
	topology    topology.Topology
	environment []string
}

// install does what docs say: rules, topics, tables.
func install(t *testing.T) *installation {
	t.Helper()
	root := localtest.Kafka(t)
	localtest.Vacate(t, root)
	topo, err := wholeTopology()
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, topology: topo, logins: map[string]topology.Cluster{"root": root}}
	for _, name := range append(serviceNames(), "producer", "admin") {
		i.logins[name] = localtest.Login(t, root, mechanism, "assay-"+name)
	}
	i.client = localtest.Client(t, i.logins["admin"])
	registry := localtest.StartEmpty(t, local.Config{})
	i.environment = []string{
		"ASSAY_REGISTRY_URL=" + registry.RegistryURL(), "ASSAY_CLICKHOUSE=" + startClickHouse(t),
		"ASSAY_KEYRING=" + filepath.Join(t.TempDir(), "keyring.json"), "ASSAY_HTTP=127.0.0.1:0",
	}
	i.assay("root", "topology", "acls", "--apply", "--prefix", topology.PrincipalPrefix)
	i.assay("admin", "topology", "apply")
	i.assay("admin", "migrate")
	return i
}

func startClickHouse(t testing.TB) string {
	t.Helper()
	library, err := embedded.Library(t.Context(), progressLine)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	server, err := embedded.Start(t.Context(), embedded.Config{
		Dir: t.TempDir(), Library: library, Logger: slog.New(slog.DiscardHandler),
		Command: []string{"env", beAssay + "=1", os.Args[0], embedded.ChildCommand},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return fmt.Sprintf("clickhouse://%s@%s/assay", embedded.User, server.TCPAddr())
}

// command is a run of assay as the principal.
func (i *installation) command(principal string, args ...string) *exec.Cmd {
	login := i.logins[principal].SASL
	c := command(i.t, args...)
	c.Env = append(append(c.Env, i.environment...),
		"ASSAY_KAFKA_SASL_MECHANISM="+login.Mechanism, "ASSAY_KAFKA_SASL_USERNAME="+login.Username, "ASSAY_KAFKA_SASL_PASSWORD="+string(login.Password))
	return c
}

func (i *installation) assay(principal string, args ...string) []byte {
	i.t.Helper()
	c := i.command(principal, args...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		i.t.Fatalf("assay %s as %s: %v\n%s%s", strings.Join(args, " "), principal, err, out, &said)
	}
	return out
}

func (i *installation) assayJSON(into any, principal string, args ...string) {
	i.t.Helper()
	out := i.assay(principal, args...)
	if err := json.Unmarshal(out, into); err != nil {
		i.t.Fatalf("assay %s: %v in %q", strings.Join(args, " "), err, out)
	}
}

// process is a running assay.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	log *bytes.Buffer // complete when wait has returned
}

func (i *installation) serve(principal, service string) *process {
	i.t.Helper()
	return i.start(principal, "run", service)
}

func (i *installation) start(principal string, args ...string) *process {
	i.t.Helper()
	p := &process{t: i.t, cmd: i.command(principal, args...), log: &bytes.Buffer{}}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // most have ended
		p.wait()
		if i.t.Failed() {
			i.t.Logf("assay %s as %s:\n%s", strings.Join(args, " "), principal, p.log)
		}
	})
	return p
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits until the process has ended and returns its exit code, -1 where a signal ended it.
func (p *process) wait() int {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Wait() // the exit code says it
	}
	return p.cmd.ProcessState.ExitCode()
}

func (i *installation) await(what string, done func() (bool, error)) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), 90*time.Second)
	defer cancel()
	for {
		ok, err := done()
		if err != nil {
			i.t.Fatalf("wait for %s: %v", what, err)
		}
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			i.t.Fatalf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (i *installation) awaitDrained() {
	i.t.Helper()
	i.await("the services to have read everything", func() (bool, error) { return topology.Drained(i.t.Context(), i.client, i.topology) })
}

// expectStudy holds the views against the numbers that were computed from the study's own files.
func (i *installation) expectStudy(file string) {
	i.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		i.t.Fatal(err)
	}
	type numbers struct {
		Shown, Accepted, Rejected uint64
		Rate                      float64 `json:"accept_per_shown"`
	}
	var truth struct {
		Study struct {
			Sessions map[string]numbers
			PerTask  map[string]numbers `json:"per_task"`
		} `json:"copilot_study"`
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		i.t.Fatal(err)
	}
	var tasks []struct {
		Task string
		numbers
	}
	i.assayJSON(&tasks, "admin", "sql", "--json", "SELECT task, shown, accepted, rejected, rate AS accept_per_shown FROM acceptance_by_task")
	if len(tasks) != len(truth.Study.PerTask) {
		i.t.Errorf("%d tasks, want %d", len(tasks), len(truth.Study.PerTask))
	}
	for _, row := range tasks {
		want := truth.Study.PerTask[row.Task]
		if row.Shown != want.Shown || row.Accepted != want.Accepted || row.Rejected != want.Rejected || math.Abs(row.Rate-want.Rate) > 1e-4 {
			i.t.Errorf("task %s: %+v, want %+v", row.Task, row.numbers, want)
		}
	}
	var got, want []string // sessions are tokens here
	var sessions []numbers
	i.assayJSON(&sessions, "admin", "sql", "--json", "SELECT shown, accepted, rejected, rate AS accept_per_shown FROM acceptance_by_session")
	line := func(n numbers) string {
		return fmt.Sprintf("%d shown, %d accepted, %d rejected, %.4f", n.Shown, n.Accepted, n.Rejected, n.Rate)
	}
	for _, s := range sessions {
		got = append(got, line(s))
	}
	for _, s := range truth.Study.Sessions {
		want = append(want, line(s))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		i.t.Errorf("sessions: %q, want %q", got, want)
	}
}
