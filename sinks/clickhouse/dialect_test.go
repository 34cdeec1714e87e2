package clickhouse

import (
	"strings"
	"testing"
)

// No embedded server has Keeper, so what a cluster gets is held against text.
func TestDialectOfACluster(t *testing.T) {
	d := dialect{cluster: "main`s"}
	files, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range files {
		for _, s := range statements(m.text) {
			sql, err := d.render(s)
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			if !strings.Contains(sql, " ON CLUSTER `main\\`s`") {
				t.Errorf("%s is not for the whole cluster:\n%s", m.name, sql)
			}
			if i := strings.Index(sql, "\nENGINE = "); i >= 0 {
				if !strings.HasPrefix(sql[i:], "\nENGINE = Replicated") || !strings.Contains(sql, "replicated_deduplication_window = 10000") {
					t.Errorf("%s makes a table that is not replicated or forgets tokens:\n%s", m.name, sql)
				}
			}
		}
	}
}

func TestDialectRefusesOtherEngines(t *testing.T) {
	if _, err := (dialect{}).render(`{{.Engine "Log"}}`); err == nil {
		t.Fatal("engine Log passed")
	}
}

func TestStatements(t *testing.T) {
	got := statements("-- a comment; of two\n-- lines;\nSELECT ';' ;\n\nSELECT 2;")
	if len(got) != 2 || got[0] != "SELECT ';'" || got[1] != "SELECT 2" {
		t.Fatalf("%q", got)
	}
}
