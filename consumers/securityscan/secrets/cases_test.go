package secrets

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/assayhq/assay/schemas"
)

// The figures that issue 5 asks for.
func TestLabelledSecrets(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "security", "secrets_synthetic.jsonl")
	file, err := os.Open(path)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI needs the cases: %v", err)
		}
		t.Skipf("the cases are not here: %v", err)
	}
	defer file.Close()
	s := scanner(t)
	var hits, falseAlarms, misses int
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct{ ID, Language, Path, Label, Code string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		alarm := false
		found, _ := s.Scan(c.Language, c.Path, c.Code)
		for _, w := range found {
			alarm = alarm || w.Severity != schemas.SeverityLow
		}
		switch vulnerable := c.Label == "vulnerable"; {
		case vulnerable && alarm:
			hits++
		case vulnerable:
			misses++
			t.Logf("missed %s", c.ID)
		case alarm:
			falseAlarms++
			t.Logf("false alarm about %s", c.ID)
		}
	}
	precision, recall := float64(hits)/float64(hits+falseAlarms), float64(hits)/float64(hits+misses)
	t.Logf("precision %.3f, recall %.3f of %d secrets", precision, recall, hits+misses)
	if precision < 0.97 || recall < 0.97 {
		t.Errorf("precision %.3f, recall %.3f, want 0.97", precision, recall)
	}
}
