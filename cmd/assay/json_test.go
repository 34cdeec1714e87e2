package main

import (
	"encoding"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/lag"
)

// printed is what commands print as JSON.
var printed = map[string]any{
	"audit --json":                    ledger{},
	"chaos --json":                    chaosLedger{},
	"clarify --json":                  clarification{},
	"dlq list --json":                 letterLine{},
	"dlq replay --json":               replayed{},
	"evals publish --json":            publishedRun{},
	"examples review list --json":     queued{},
	"gate check --json":               decided{},
	"keys list --json":                privacy.Key{},
	"lag --json":                      lag.Partition{},
	"migrate --json":                  migrated{},
	"privacy --json":                  privacyLine{},
	"promote status --json":           evalRun{},
	"pull copilot --json":             pulledSources{},
	"replay --json":                   replayedFiles{},
	"report --json":                   report{},
	"scan --format json":              scanned{},
	"simulate --json":                 simulated{},
	"tokens create --json":            createdToken{},
	"tokens list --json":              tokenList{},
	"topology acls --json":            topology.Permission{},
	"topology plan --json":            topology.Plan{},
	"triggers explain --json":         explanation{},
	"triggers list --json":            schemas.RetrainTrigger{},
	"triggers list --fdr RATE --json": triggerReview{},
	"triggers replay --json":          rehearsal{},
	"up --json":                       report{},
}

// undocumented are for who develops Assay's detectors, and change with them; rows of sql are as its query says.
var undocumented = regexp.MustCompile(`^(eval|rework|sql)\b`)

func TestJSONIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/guides/scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]map[string]bool{}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		keys := map[string]bool{}
		for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(text, -1) {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
				for _, key := range braces(m[1]) {
					keys[key] = true
				}
			}
		}
		for _, m := range regexp.MustCompile("`assay ([^`]+)`").FindAllStringSubmatch(heading, -1) {
			documented[m[1]] = keys
		}
	}
	for command, value := range printed {
		want := map[string]bool{}
		jsonKeys(reflect.TypeOf(value), "", want)
		got, ok := documented[command]
		if !ok {
			t.Errorf("assay %s has no section", command)
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if !got[key] {
				t.Errorf("assay %s prints %s, which the page lacks", command, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if !want[key] {
				t.Errorf("assay %s doesn't print %s", command, key)
			}
		}
	}
	for command := range documented {
		if _, ok := printed[command]; !ok {
			t.Errorf("the page has %s, which is not tested", command)
		}
	}
}

// Every command that prints JSON is in the table above.
func TestEveryJSONIsNamed(t *testing.T) {
	for _, leaf := range newParser(t.Context(), new(cli)).Model.Leaves(true) {
		command := strings.TrimPrefix(leaf.FullPath(), "assay ")
		if leaf.Parent.DefaultCmd == leaf {
			command = strings.TrimPrefix(leaf.Parent.FullPath(), "assay ")
		}
		if !slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "json" }) || undocumented.MatchString(command) {
			continue
		}
		if _, ok := printed[command+" --json"]; !ok {
			t.Errorf("assay %s --json is documented nowhere", command)
		}
	}
}

var (
	asJSON = reflect.TypeFor[json.Marshaler]()
	asText = reflect.TypeFor[encoding.TextMarshaler]()
)

// jsonKeys collects the paths of what encoding/json writes of a type that is no object itself: a.b, a.*.b within a map. Lists
// don't show.
func jsonKeys(t reflect.Type, at string, found map[string]bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	plain := !t.Implements(asJSON) && !t.Implements(asText) && !reflect.PointerTo(t).Implements(asJSON) && !reflect.PointerTo(t).Implements(asText)
	switch {
	case plain && t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case f.Anonymous && name == "":
				jsonKeys(f.Type, at, found)
			case f.IsExported() && name != "-":
				if name == "" {
					name = f.Name
				}
				jsonKeys(f.Type, strings.TrimPrefix(at+"."+name, "."), found)
			}
		}
	case plain && t.Kind() == reflect.Slice:
		jsonKeys(t.Elem(), at, found)
	case plain && t.Kind() == reflect.Map:
		jsonKeys(t.Elem(), at+".*", found)
	default:
		found[at] = true
	}
}

// braces expands a{b,c}d as a shell does.
func braces(s string) []string {
	before, rest, ok := strings.Cut(s, "{")
	if !ok {
		return []string{s}
	}
	choices, after, _ := strings.Cut(rest, "}")
	var all []string
	for choice := range strings.SplitSeq(choices, ",") {
		for _, end := range braces(after) {
			all = append(all, before+choice+end)
		}
	}
	return all
}
