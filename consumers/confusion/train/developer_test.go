package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/confusion/evaluate"
)

func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "..", "shared", "data", "confusion", path)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI needs the developer sets: %v", err)
		}
		t.Skipf("the developer sets are not here: %v", err)
	}
	return full
}

func examples(t testing.TB, names ...string) []Example {
	t.Helper()
	all, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(shared(t, name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		read, err := Read(f, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, read...)
	}
	return all
}

func TestTune(t *testing.T) {
	r, err := Train(examples(t, "chat_realhumaneval", "review_ebert_general", "aux_goemotions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []confusion.Channel{confusion.Chat, confusion.Review} {
		f := evaluate.Measure(r.Cases[c])
		t.Logf("%-7s n %d/%d P %.3f R %.3f F1 %.3f [%.3f] AUC %.3f [%.3f %.3f] ECE %.3f cov %.2f f1c %.2f reasons %d %.2f", c, f.Confused, f.Cases, f.Precision.Value, f.Recall.Value, f.F1.Value, f.F1.Low, f.AUC.Value, f.AUC.Low, f.AUC.High, f.ECE, f.Coverage, f.CoveredF1, f.ReasonCases, f.ReasonF1)
	}
}
