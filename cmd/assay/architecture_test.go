package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/assayhq/assay/"

// within reports whether a package, named below the module, lies in one of the folders.
func within(pkg string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return pkg == f || strings.HasPrefix(pkg, f+"/") })
}

// allowed is what the packages of a part may import of Assay's other parts.
var allowed = map[string][]string{
	"schemas":   {},
	"topology":  {"schemas"},
	"sinks":     {"schemas", "deploy/clickhouse"},
	"producers": {"schemas", "topology"},
	"consumers": {"schemas", "topology", "producers"}, // producers: ADR 0002
	"deploy":    {"topology"},                         // deploy/kafka starts the brokers that tests connect to
	"docs":      {},
	"examples":  {"schemas"}, // as a subscriber would
}

// impure is what a consumer's folder must not import: Kafka, networks, databases and the file system.
var impure = []string{
	"github.com/segmentio/kafka-go", "github.com/twmb/franz-go", "github.com/ClickHouse",
	"net", "os", "io/ioutil", "database/sql", "syscall",
}

// pureTypes are packages below impure ones that hold values and no connection.
var pureTypes = []string{"net/netip", "net/url"}

func TestDependenciesPointOneWay(t *testing.T) {
	for pkg, imports := range importsOf(t, module+"...") {
		part, _, _ := strings.Cut(pkg, "/")
		rule, ruled := allowed[part]
		if !ruled {
			if part != "cmd" {
				t.Errorf("%s: no rule says what it may import", pkg)
			}
			continue
		}
		for _, i := range imports {
			own, ours := strings.CutPrefix(i, module)
			if ours && !within(own, part) && !within(own, rule...) {
				t.Errorf("%s imports %s: %s may import %v", pkg, own, part, rule)
			}
		}
	}
}

func TestConsumersArePure(t *testing.T) {
	pure := 0
	for pkg, imports := range importsOf(t, module+"consumers/...") {
		if pkg == "consumers" {
			continue
		}
		pure++
		for _, i := range imports {
			if within(i, impure...) && !slices.Contains(pureTypes, i) {
				t.Errorf("%s imports %s: a consumer's folder is pure; what it needs arrives in its input or its options", pkg, i)
			}
			if own, ours := strings.CutPrefix(i, module); ours && within(own, "producers") {
				t.Errorf("%s imports %s: only the runtime publishes", pkg, own)
			}
		}
	}
	if pure == 0 {
		t.Error("found no consumer")
	}
}

// importsOf lists the direct imports of the packages' program code, by package below the module.
func importsOf(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", pattern).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}
	found := map[string][]string{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
}
