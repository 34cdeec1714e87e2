package deploy

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/topology"
)

func TestOneContainerPerService(t *testing.T) {
	var running []string
	for name, s := range runners(t, compose(t)) {
		if len(s.Command) != 2 || s.Command[1] != name {
			t.Errorf("container %s runs %v, want [run %s]", name, s.Command, name)
		}
		running = append(running, s.Command[1:]...)
	}
	want := append(serviceNames(t), "collector")
	slices.Sort(running)
	slices.Sort(want)
	if !slices.Equal(running, want) {
		t.Errorf("containers run %v, the program has %v", running, want)
	}
}

// The program parses every container's command line, and reads every variable that the container sets.
func TestCommandsAndEnvironment(t *testing.T) {
	for name, s := range ours(t, compose(t)) {
		known := variables(t, s.Command)
		for v := range s.Environment {
			if strings.HasPrefix(v, "ASSAY_") && !known[v] {
				t.Errorf("%s: `assay %s` doesn't read %s", name, strings.Join(s.Command, " "), v)
			}
		}
	}
}

// Every address names a container and a port on which it listens.
func TestAddresses(t *testing.T) {
	project := compose(t)
	listens := map[string]bool{"clickhouse:9000": true} // ClickHouse's default
	for _, l := range strings.Split(env(t, project.Services["kafka"], "KAFKA_ADVERTISED_LISTENERS"), ",") {
		_, address, _ := strings.Cut(l, "://")
		listens[address] = true
	}
	registry, err := url.Parse(env(t, project.Services["registry"], "SCHEMA_REGISTRY_LISTENERS"))
	if err != nil {
		t.Fatal(err)
	}
	listens["registry:"+registry.Port()] = true

	for name, s := range ours(t, project) {
		used := map[string]string{}
		for _, v := range []string{"ASSAY_BROKERS", "ASSAY_REGISTRY_URL", "ASSAY_CLICKHOUSE"} {
			value, ok := s.Environment[v]
			if !ok {
				continue
			}
			used[v] = *value
			if u, err := url.Parse(*value); err == nil && u.Host != "" {
				used[v] = u.Host
			}
			if !listens[used[v]] {
				t.Errorf("%s: nothing listens at %s=%s", name, v, used[v])
			}
		}
		if s.Command[0] == "run" {
			if used["ASSAY_BROKERS"] == "" || used["ASSAY_REGISTRY_URL"] == "" {
				t.Errorf("%s knows no broker or no registry", name)
			}
			if _, asks := used["ASSAY_CLICKHOUSE"]; asks != (name == "warehouse" || name == "collector") {
				t.Errorf("%s: the warehouse and the collector (for the gate's decisions) alone need ClickHouse", name)
			}
		}
	}
}

func TestPublishedOnLoopbackOnly(t *testing.T) {
	for name, s := range compose(t).Services {
		for _, p := range s.Ports {
			if ip := net.ParseIP(p.HostIP); ip == nil || !ip.IsLoopback() {
				t.Errorf("%s publishes %s:%s beyond this machine", name, p.HostIP, p.Published)
			}
		}
	}
}

func TestMountedFilesExist(t *testing.T) {
	bound := 0
	for name, s := range compose(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			bound++
			if info, err := os.Stat(v.Source); err != nil || info.IsDir() {
				t.Errorf("%s mounts %s, which is no file: %v", name, v.Source, err)
			}
			if !v.ReadOnly {
				t.Errorf("%s may write %s", name, v.Source)
			}
		}
	}
	if bound == 0 {
		t.Error("nothing is mounted")
	}
}

// All services share the keys.
func TestKeys(t *testing.T) {
	volumes := map[string]bool{}
	for _, s := range runners(t, compose(t)) {
		volumes[volume(t, s, path.Dir(env(t, s, "ASSAY_KEYRING")))] = true
	}
	if len(volumes) != 1 {
		t.Errorf("the keys lie on the volumes %v, want one", slices.Collect(maps.Keys(volumes)))
	}
}

// Tokens and what waits for Kafka outlive the collector's container, apart from the keys, and clients reach its ports.
func TestCollectorKeepsItsFiles(t *testing.T) {
	s := compose(t).Services["collector"]
	tokens := volume(t, s, path.Dir(env(t, s, "ASSAY_COLLECTOR_TOKENS")))
	if spool := volume(t, s, path.Dir(env(t, s, "ASSAY_COLLECTOR_SPOOL"))); spool != tokens {
		t.Errorf("the spool is on %s, the tokens on %s", spool, tokens)
	}
	if keys := volume(t, s, path.Dir(env(t, s, "ASSAY_KEYRING"))); keys == tokens {
		t.Error("tokens and spool lie beside the keys, where every service reads them")
	}
	var ports []string
	for _, p := range s.Ports {
		ports = append(ports, fmt.Sprintf("%s:%d", p.Published, p.Target))
	}
	help := assay(t, "run", "--help")
	for _, port := range []string{"4318", "4317"} {
		if !slices.Contains(ports, port+":"+port) || !strings.Contains(help, "port "+port) {
			t.Errorf("clients send to port %s, the container publishes %v", port, ports)
		}
	}
}

// volume is the name of the container's volume at a folder, which the image's user must own.
func volume(t *testing.T, s types.ServiceConfig, folder string) string {
	t.Helper()
	i := slices.IndexFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == folder })
	if i < 0 || s.Volumes[i].Type != types.VolumeTypeVolume {
		t.Fatalf("%s: no volume at %s", s.Name, folder)
	}
	if !regexp.MustCompile(`(?m)^COPY .*--chown=65532:65532 .* ` + regexp.QuoteMeta(folder) + `$`).MatchString(read(t, "Dockerfile")) {
		t.Errorf("%s: the image's user doesn't own %s", s.Name, folder)
	}
	return s.Volumes[i].Source
}

// The passwords of users.xml come from the environment, ClickHouse's and the warehouse's are the same, and env.example
// names exactly what must be filled in (loading the file has failed where it names too little).
func TestPasswords(t *testing.T) {
	project := compose(t)
	server := project.Services["clickhouse"]
	for _, m := range regexp.MustCompile(`from_env="([^"]+)"`).FindAllStringSubmatch(read(t, "clickhouse/users.xml"), -1) {
		if env(t, server, m[1]) == "" {
			t.Errorf("ClickHouse has no %s", m[1])
		}
	}
	const own = "ASSAY_CLICKHOUSE_PASSWORD"
	for _, name := range []string{"warehouse", "tables"} {
		if env(t, project.Services[name], own) != env(t, server, own) {
			t.Errorf("%s has another password than ClickHouse", name)
		}
	}
	if env(t, project.Services["lag"], own) != env(t, server, "ASSAY_CLICKHOUSE_ANALYST_PASSWORD") {
		t.Error("the lag exporter has another password than ClickHouse's analyst")
	}
	if env(t, project.Services["collector"], own) != env(t, server, "ASSAY_CLICKHOUSE_SECURITY_PASSWORD") {
		t.Error("the collector has another password than ClickHouse's security")
	}
	text := read(t, root+"/docker-compose.yml")
	for _, name := range exampleVariables(t) {
		if !strings.Contains(text, "${"+name+":?") {
			t.Errorf("env.example has %s, which docker-compose.yml doesn't ask for", name)
		}
	}
}

// A service that is stopped may finish its batches and close; nothing runs with more rights than it needs.
func TestServicesAreContained(t *testing.T) {
	least := 2 * consumers.DefaultTuning().DrainDeadline
	for name, s := range ours(t, compose(t)) {
		if s.Command[0] == "run" && (s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) < least) {
			t.Errorf("%s: stop_grace_period %v, want at least %v", name, s.StopGracePeriod, least)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Restart == "" {
			t.Errorf("%s lacks read_only, cap_drop, no-new-privileges or restart", name)
		}
		if s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 {
			t.Errorf("%s has no memory limit", name)
			continue
		}
		limit := int64(s.Deploy.Resources.Limits.MemoryBytes)
		if soft, ok := s.Environment["GOMEMLIMIT"]; ok && mebibytes(t, *soft) > limit*9/10 {
			t.Errorf("%s: GOMEMLIMIT=%s leaves too little of %d bytes", name, *soft, limit)
		}
	}
}

// Kafka must remember a stopped service's offsets for as long as it keeps records: a service that is forgotten starts again
// at the oldest record.
func TestKafkaRemembersOffsets(t *testing.T) {
	longest := time.Duration(0)
	for _, topic := range topology.Topics() {
		longest = max(longest, topic.Retention)
	}
	minutes, err := strconv.Atoi(env(t, compose(t).Services["kafka"], "KAFKA_OFFSETS_RETENTION_MINUTES"))
	if err != nil || time.Duration(minutes)*time.Minute < longest {
		t.Errorf("offsets are kept for %d minutes (%v), records for up to %v", minutes, err, longest)
	}
}

func env(t *testing.T, s types.ServiceConfig, name string) string {
	t.Helper()
	value, ok := s.Environment[name]
	if !ok || value == nil {
		t.Fatalf("%s has no %s", s.Name, name)
	}
	return *value
}

func mebibytes(t *testing.T, text string) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscanf(text, "%dMiB", &n); err != nil {
		t.Fatalf("GOMEMLIMIT=%s: %v", text, err)
	}
	return n << 20
}
