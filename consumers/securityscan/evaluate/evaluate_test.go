package evaluate

import (
	"math"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/securityscan"
)

func TestRun(t *testing.T) {
	s, err := securityscan.NewScanner()
	if err != nil {
		t.Fatal(err)
	}
	const flawed = `cur.execute("SELECT a FROM t WHERE b = '%s'" % x)`
	const fixed = `cur.execute("SELECT a FROM t WHERE b = %s", (x,))`
	cases := []Case{
		{ID: "1", Pair: "p", Language: "python", Label: "vulnerable", CWE: []string{"CWE-564"}, Code: flawed},
		{ID: "2", Pair: "p", Language: "python", Label: "secure", CWE: []string{"CWE-89"}, Code: fixed},
		{ID: "3", Pair: "q", Language: "python", Label: "vulnerable", Code: fixed + "\n"},
		{ID: "4", Pair: "q", Language: "python", Label: "secure", Code: "\n" + fixed},
		{ID: "5", Language: "python", Label: "secure", Code: "\n" + flawed},
		{ID: "6", Language: "python", Code: flawed},
	}
	clock := time.Unix(0, 0)
	var seen []Prediction
	f, err := Run(s, []Set{{"x", cases}}, func() time.Time { clock = clock.Add(time.Millisecond); return clock }, func(p Prediction) error {
		seen = append(seen, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 6 || !seen[0].Alarm || seen[1].Alarm || !seen[5].Alarm || seen[4].Findings[0].Line != 2 {
		t.Errorf("predictions %+v", seen)
	}
	g := f.Groups[0]
	if g.Vulnerable != 2 || g.Secure != 3 || g.Precision.Count != 1 || g.Precision.Of != 2 || g.Recall.Share != 0.5 ||
		g.FalsePositive.Count != 1 || g.Pairs.Count != 1 || g.Pairs.Of != 2 || g.Family.Count != 1 || g.Family.Of != 1 || g.F1 != 0.5 {
		t.Errorf("figures %+v", g)
	}
	if len(f.Rules) != 1 || f.Rules[0].Cases != 2 || f.Rules[0].Alone != 1 || f.Rules[0].Recall.Count != 1 || f.Rules[0].Recall.Of != 1 || f.Speed.P99 != 1 || f.Speed.PerSecond != 1000 {
		t.Errorf("rules %+v, speed %+v", f.Rules, f.Speed)
	}
}

// Against a value that was calculated by hand.
func TestWilson(t *testing.T) {
	s := share(9, 10)
	if math.Abs(s.Low-0.5958) > 1e-3 || math.Abs(s.High-0.9821) > 1e-3 {
		t.Errorf("9 of 10: %.4f to %.4f", s.Low, s.High)
	}
	if s := share(0, 0); s.Low != 0 || s.High != 1 {
		t.Errorf("0 of 0: %+v", s)
	}
}
