package schemas

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var writeGolden = flag.Bool("write-golden", false, "write the golden bytes of versions that have none")

// TestEveryPastByteDecodes reads what every version of every record wrote when it was current, and compares with the
// JSON of that day, read as today's event. Files are only ever added: after a new .avsc run
// `go test ./schemas -run Past -write-golden`.
func TestEveryPastByteDecodes(t *testing.T) {
	for _, rec := range Records() {
		for v, text := range rec.History {
			t.Run(fmt.Sprintf("%s.v%d", rec.Name, v+1), func(t *testing.T) {
				base := filepath.Join("testdata", "golden", fmt.Sprintf("%s.v%d", rec.Name, v+1))
				if _, err := os.Stat(base + ".hex"); os.IsNotExist(err) && *writeGolden && v == len(rec.History)-1 {
					writeGoldenFiles(t, rec, base)
				}
				body := readHex(t, base+".hex")
				p, err := newProjection(text)
				if err != nil {
					t.Fatal(err)
				}
				projected, err := p.project(rec, 1, body)
				if err != nil {
					t.Fatal(err)
				}
				got := rec.New()
				if err := got.DecodeAvro(projected); err != nil {
					t.Fatal(err)
				}
				want := rec.New()
				raw, err := os.ReadFile(base + ".json")
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(raw, want); err != nil {
					t.Fatal(err)
				}
				if err := want.DecodeAvro(want.AppendAvro(nil)); err != nil { // fields of later versions get their defaults
					t.Fatal(err)
				}
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(want)
				if string(a) != string(b) {
					t.Errorf("got  %s\nwant %s", a, b)
				}
			})
		}
	}
}

func readHex(t *testing.T, path string) []byte {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (a new version needs golden bytes: go test ./schemas -run Past -write-golden)", err)
	}
	body, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// writeGoldenFiles makes an event with every field set, by way of its JSON.
func writeGoldenFiles(t *testing.T, rec *Record, base string) {
	m := map[string]any{}
	for i, f := range rec.Fields {
		switch FieldType(strings.TrimSuffix(string(f.Type), "?")) {
		case String:
			m[f.Name] = fmt.Sprintf("%s ä %d", f.Name, i)
		case "bytes":
			m[f.Name] = []byte{0, 255, byte(i)}
		case Int, Long:
			m[f.Name] = -1000 * i
		case Double:
			m[f.Name] = float64(i) + 0.25
		case Bool:
			m[f.Name] = true
		case Time:
			m[f.Name] = time.UnixMilli(1700000000123 + int64(i)).UTC()
		case Enum:
			m[f.Name] = f.Symbols[len(f.Symbols)-1]
		case Longs:
			m[f.Name] = []int64{1, -1 << 62}
		case Strings:
			m[f.Name] = []string{"a", ""}
		case StringMap:
			m[f.Name] = map[string]string{"k": "v"}
		}
	}
	raw, _ := json.MarshalIndent(m, "", "  ")
	e := rec.New()
	if err := json.Unmarshal(raw, e); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{base + ".json": string(raw) + "\n", base + ".hex": hex.EncodeToString(e.AppendAvro(nil)) + "\n"} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
