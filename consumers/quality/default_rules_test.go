package quality

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"
)

// What the default rules are chosen for: 40 domains, 200,000 outcomes, 5 % failures fire nothing; 25 % in one domain fires
// that one within about a hundred events, once, and a fix clears it.
func TestDefaultRulesOnPlantedJump(t *testing.T) {
	const domains, rounds = 40, 5000
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([]*domain, domains)
	for i := range all {
		all[i] = watch(t, DefaultRules())
	}
	var firedAfter, clearedAfter int
	for r := range rounds {
		for i, d := range all {
			rate := 0.05
			if i == 7 && r >= 2000 && r < 3500 {
				rate = 0.25
			}
			before := len(d.triggers)
			d.at(time.Duration(r)*2*time.Minute, rng.Float64() < rate)
			if i == 7 && len(d.triggers) > before {
				switch d.kinds() {
				case "fired":
					firedAfter = r - 2000
				case "fired cleared":
					clearedAfter = r - 3500
				}
			}
		}
	}
	for i, d := range all {
		want := ""
		if i == 7 {
			want = "fired cleared"
		}
		if d.kinds() != want {
			t.Errorf("domain %d: %q, want %q", i, d.kinds(), want)
		}
	}
	if firedAfter < 1 || firedAfter > 150 || clearedAfter < 1 || clearedAfter > 400 {
		t.Errorf("fired after %d events, cleared %d after the fix", firedAfter, clearedAfter)
	}
}

// A full window of a busy domain: states go to a changelog with every batch.
func TestStateIsSmall(t *testing.T) {
	d := watch(t, DefaultRules())
	for i := range 20_000 { // seven days, a full window
		d.at(time.Duration(i)*30*time.Second, i%20 == 0)
	}
	raw, err := json.Marshal(d.state)
	if err != nil || len(raw) > 2200 {
		t.Errorf("%d bytes, error %v: %s", len(raw), err, raw)
	}
}

func BenchmarkFold(b *testing.B) {
	for _, bench := range []struct {
		name    string
		domains int
		rate    float64
	}{{"one domain", 1, 0.05}, {"10,000 domains", 10_000, 0.05}, {"all fail", 1, 1}} {
		b.Run(bench.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			fold := New(always(DefaultRules()))
			states := make([]*State, bench.domains)
			good, bad := input(1, start, false), input(1, start, true)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				in := good
				if rng.Float64() < bench.rate {
					in = bad
				}
				in.Offset = int64(i)
				in.Event.Env().OccurredAt = start.Add(time.Duration(i) * time.Minute / time.Duration(bench.domains))
				d := i % bench.domains
				var err error
				if states[d], _, err = fold(states[d], in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
