package evaluate_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/assayhq/assay/consumers/rework/evaluate"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
)

// labelled reads the labelled cases, or skips: they are not part of the project.
func labelled(t *testing.T) (all []evaluate.Case) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "rework", "*.jsonl"))
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("CI needs the labelled cases in ../shared/data/rework")
		}
		t.Skip("the labelled cases are not here: ../shared/data/rework")
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c evaluate.Case
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all = append(all, c)
		}
		if err := lines.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return all
}

// TestLabelledHistories: the verdicts on real and on made histories, from sketches alone.
func TestLabelledHistories(t *testing.T) {
	client := evaluate.Client{Sketch: fingerprint.New([]byte("test")).Sketch, IsRevert: fingerprint.IsRevert}
	f, err := client.Run(labelled(t), func(p evaluate.Prediction) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if f.MacroF1 < 0.96 || f.Precision < 0.98 || f.Recall < 0.98 || f.SurvivalMAE > 0.03 {
		t.Errorf("macro-F1 %.3f, rework precision %.3f, recall %.3f, survival MAE %.3f", f.MacroF1, f.Precision, f.Recall, f.SurvivalMAE)
	}
	if f.FalseMoves.Share > 0.02 || f.FalseLayout.Share > 0.01 || f.FalseRename.Share > 0.01 {
		t.Errorf("false rework: moves %+v, format %+v, renames %+v", f.FalseMoves, f.FalseLayout, f.FalseRename)
	}
	for kind, k := range f.ByKind {
		t.Logf("%-28s %3d cases, %2d wrong, survival MAE %.3f", kind, k.Cases, k.Wrong, k.MAE)
	}
}
