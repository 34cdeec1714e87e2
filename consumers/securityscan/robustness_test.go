package securityscan

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"github.com/zricethezav/gitleaks/v8/logging"
	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// Whatever surrounds a secret: it is found where it is, in every order of concurrent use.
func TestPlaceProperty(t *testing.T) {
	scan := compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[ a-zä]{0,20}`), 0, 6).Draw(t, "before")
		indent := rapid.StringMatching(`[ ]{0,8}`).Draw(t, "indent")
		newline := rapid.SampledFrom([]string{"", "\n", "\nend\n"}).Draw(t, "after")
		code := strings.Join(append(lines, indent+"t = '"+githubToken+"'"), "\n") + newline
		events, err := scan(consumers.Input{Event: suggestion(schemas.CodeSuggestionShown), Plain: schemas.Payload{Code: code}.Marshal()})
		if err != nil || len(events) != 2 {
			t.Fatalf("%d events, error %v", len(events), err)
		}
		f := events[0].(*schemas.Finding)
		if int(f.LineStart.Value) != len(lines)+1 || int(f.ColumnStart.Value) != len(indent)+6 {
			t.Fatalf("line %d column %d, want %d %d", f.LineStart.Value, f.ColumnStart.Value, len(lines)+1, len(indent)+6)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	scan := compiled(t)
	p := schemas.Payload{Code: "a = '" + awsKey + "'\ntoken = '" + githubToken + "'\n"}
	want := run(t, scan, suggestion(schemas.CodeSuggestionShown), p)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				got := run(t, scan, suggestion(schemas.CodeSuggestionShown), p)
				for i := range got {
					if differs(got[i], want[i]) {
						t.Errorf("event %d differs between runs", i)
					}
				}
			}
		})
	}
	wg.Wait()
}

// gitleaks may log matches at trace level, never at the level it has.
func TestScanLogsNothing(t *testing.T) {
	before := logging.Logger
	defer func() { logging.Logger = before }()
	var log bytes.Buffer
	logging.Logger = zerolog.New(&log).Level(before.GetLevel())
	for _, code := range []string{
		"a = '" + awsKey + "'", "a = '" + awsKey + "' # gitleaks:allow", "token = '" + githubToken + "'",
		"api_key = 'aaaaaaaaaaaaaaaaaaaaaaaa'", "api_key = 'example" + githubToken[4:] + "'",
	} {
		run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), schemas.Payload{Code: code})
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"code":"x"}`))
	f.Add(schemas.Payload{Code: "\r\n\n t='" + githubToken + "'", Prompt: "p", Path: "a.tf"}.Marshal())
	f.Add([]byte("\xff"))
	scan := compiled(f)
	f.Fuzz(func(t *testing.T, plain []byte) {
		got := runPlain(t, scan, suggestion(schemas.CodeSuggestionShown), plain)
		summary := got[len(got)-1]
		if summary.Reason == reasonFailed {
			t.Fatal("the scanner panicked")
		}
		if n := summary.Findings.Or(0); int(n) != len(got)-1 {
			t.Fatalf("summary counts %d findings of %d", n, len(got)-1)
		}
		for _, f := range got[:len(got)-1] {
			if f.LineStart.Value < 1 || f.ColumnStart.Value < 1 || f.LineEnd.Value < f.LineStart.Value || f.MatchLength.Value < 1 {
				t.Fatalf("finding at %v:%v to %v:%v, %v bytes", f.LineStart, f.ColumnStart, f.LineEnd, f.ColumnEnd, f.MatchLength)
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	scan := compiled(b)
	body := strings.Repeat("def total(items, api_version=2):\n    key = items[0].name  # the client's\n    return sum(i.price for i in items)\n\n", 10)
	for _, bench := range []struct{ name, code string }{
		{"clean-1KB", body[:1024]},
		{"secret-1KB", body[:900] + "\ntoken = '" + githubToken + "'\n"},
		{"large-256KB", strings.Repeat(body, maxCode/len(body))},
	} {
		plain := schemas.Payload{Code: bench.code, Path: "a/b.py"}.Marshal()
		in := consumers.Input{Event: suggestion(schemas.CodeSuggestionShown), Plain: plain}
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.code)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := scan(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
