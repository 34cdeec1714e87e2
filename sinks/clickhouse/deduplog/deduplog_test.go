package deduplog

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

func TestFilter(t *testing.T) {
	p := parts{"202601": {{1, 3}, {5, 5}}, "all": {{7, 7}}}
	for name, c := range map[string]struct {
		log, kept string
		freed     int
	}{
		"parts that are there":      {"1\t202601_5_5_0\ta\n1\tall_7_7_1\tb\n", "1\t202601_5_5_0\ta\n1\tall_7_7_1\tb\n", 0},
		"merged since":              {"1\t202601_2_2_0\ta\n", "1\t202601_2_2_0\ta\n", 0},
		"the part never came":       {"1\t202601_5_5_0\ta\n1\t202601_6_6_0\tb\n", "1\t202601_5_5_0\ta\n", 1},
		"in another partition":      {"1\t202602_5_5_0\ta\n", "", 1},
		"dropped parts stay":        {"2\t202601_9_9_0\ta\n", "2\t202601_9_9_0\ta\n", 0},
		"unfinished line":           {"1\tall_7_7_1\tb\n1\tall_7_7", "1\tall_7_7_1\tb\n", 1},
		"what nobody knows is kept": {"3 x\n1\tall\tb\n", "3 x\n1\tall\tb\n", 0},
		"empty":                     {"", "", 0},
	} {
		if kept, freed := p.filter([]byte(c.log)); string(kept) != c.kept || freed != c.freed {
			t.Errorf("%s: kept %q, freed %d; want %q, %d", name, kept, freed, c.kept, c.freed)
		}
	}
}

func TestRepairTouchesOnlyWhatIsWrong(t *testing.T) {
	root := t.TempDir()
	table := func(name, log string, parts ...string) string {
		folder := filepath.Join(root, "store", "abc", name)
		for _, p := range append(parts, "deduplication_logs", "detached", "tmp_insert_all_2_2_0") {
			if err := os.MkdirAll(filepath.Join(folder, p), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(folder, "deduplication_logs", "deduplication_log_1.txt")
		if err := os.WriteFile(path, []byte(log), 0o640); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := table("broken", "1\tall_1_1_0\ta\n1\tall_2_2_0\tb\n", "all_1_1_0")
	sound := table("sound", "1\tall_1_1_0\ta\n1\tall_2_2_0\tb\n", "all_1_2_1_3")
	before, _ := os.Stat(sound)
	for want := 1; want >= 0; want-- { // the second time there is nothing left to do
		if freed, err := Repair(root); err != nil || freed != want {
			t.Fatalf("freed %d, %v; want %d", freed, err, want)
		}
	}
	if text, _ := os.ReadFile(broken); string(text) != "1\tall_1_1_0\ta\n" {
		t.Errorf("log %q", text)
	}
	after, _ := os.Stat(sound)
	if !os.SameFile(before, after) {
		t.Error("a sound log was written")
	}
	if info, _ := os.Stat(broken); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestARunningServerIsLeftAlone(t *testing.T) {
	root := t.TempDir()
	server := flock.New(filepath.Join(root, "status"))
	if err := server.Lock(); err != nil {
		t.Fatal(err)
	}
	if _, err := Repair(root); !errors.Is(err, ErrRunning) {
		t.Errorf("while it runs: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Repair(root); err != nil {
		t.Errorf("after it was killed: %v", err)
	}
}
