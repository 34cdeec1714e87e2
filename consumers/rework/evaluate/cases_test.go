package evaluate_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/consumers/rework/evaluate"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
)

// cases reads the labelled cases, or skips: they are not part of the project.
func cases(t *testing.T) (all []*evaluate.Case) {
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
			c := new(evaluate.Case)
			if err := json.Unmarshal(lines.Bytes(), c); err != nil {
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

func TestDev(t *testing.T) {
	all := cases(t)
	c := evaluate.Client{Sketch: fingerprint.New([]byte("test")).Sketch, IsRevert: fingerprint.IsRevert}
	var fates []rework.Fate
	began := time.Now()
	for _, k := range all {
		one := time.Now()
		fate, err := c.Judge(k)
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(one); d > 100*time.Millisecond {
			fmt.Println("SLOW", k.ID, d)
		}
		if os.Getenv("DEV") != "" && (k.Truth(fate.Verdict) != fate.Verdict || fate.Survival-k.Survival > .08 || k.Survival-fate.Survival > .08) {
			fmt.Printf("%s %s want %s %.3f got %s %.3f/%.3f  %.90s\n", k.ID, k.Language, k.Verdict, k.Survival, fate.Verdict, fate.Survival, fate.InPlace, k.How)
		}
		fates = append(fates, fate)
	}
	f := evaluate.Measure(all, fates)
	raw, _ := json.MarshalIndent(f, "", " ")
	if os.Getenv("DEV") != "" {
		fmt.Println(string(raw))
	}
	fmt.Println(time.Since(began), f.MacroF1, f.Precision, f.Recall, f.SurvivalMAE, f.FalseMoves, f.FalseLayout, f.FalseRename)
}
