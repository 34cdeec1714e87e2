package quality

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/quality/detect"
	"github.com/assayhq/assay/schemas"
)

// found is an episode of a domain with what came after its first trigger, as the view retrain_triggers_fdr counts it.
type found struct {
	planted bool
	after   detect.Counts
	e       float64
	patient float64 // the statistic when it was fired over the observations of the week: an e-value too
}

// lowVolumeWeek watches a domain for a week, an outcome every forty minutes, of which the share p0 fails, and the share p1 from the given
// outcome on. It returns its episodes.
func lowVolumeWeek(t *testing.T, rules *Rules, rng *rand.Rand, p0, p1 float64, change int) (episodes []found) {
	const outcomes = 250
	fold, state, open := New(always(rules)), (*State)(nil), false
	good, bad := input(1, start, false), input(1, start, true)
	for i := range outcomes {
		rate, in := p0, good
		if i >= change {
			rate = p1
		}
		c := detect.Counts{N: detect.Unit}
		if rng.Float64() < rate {
			in, c.K = bad, c.N
		}
		if open {
			episodes[len(episodes)-1].after.Add(c)
		}
		in.Offset = int64(i)
		in.Event.Env().OccurredAt = start.Add(time.Duration(i) * 40 * time.Minute)
		var events []schemas.Event
		var err error
		if state, events, err = fold(state, in); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			switch trigger := e.(*schemas.RetrainTrigger); {
			case trigger.Kind == schemas.TriggerCleared:
				open = false
			case !open:
				open, episodes = true, append(episodes, found{planted: i >= change, patient: trigger.Statistic / outcomes})
			}
		}
	}
	up := detect.New(detect.Settings{Allowed: p0})
	for i := range episodes {
		episodes[i].e = up.Evidence(episodes[i].after, 1) / math.Exp2(float64(i+1))
	}
	return episodes
}

// standing are the episodes that e-BH accepts (Wang and Ramdas 2022), of so many hypotheses.
func standing(episodes []found, m, alpha float64, e func(found) float64) []found {
	slices.SortFunc(episodes, func(a, b found) int { return cmp.Compare(e(b), e(a)) })
	r := len(episodes)
	for r > 0 && e(episodes[r-1]) < m/(alpha*float64(r)) {
		r--
	}
	return episodes[:r]
}

// Of 2,000 domains 60 get worse. Most of a week's triggers are right about a single domain that they speak of with their own bound, and yet many of the
// list are false; of those that e-BH lets stand, at most the share alpha.
func TestReviewBoundsFalseDiscoveries(t *testing.T) {
	const domains, planted, repetitions, alpha = 2000, 60, 3, 0.1
	rules := parse(t, `rules: [{id: r, match: {category: retention}, slo: 0.05, min_events: 5, arl: 7800, clear_arl: 500, blip: 10m, lateness: 15m, cool_down: 2h, action: partial, severity: high}]`)
	rng := rand.New(rand.NewPCG(8, 8))
	var falseOfAll, falseOfStanding, power, patient float64
	for range repetitions {
		var episodes []found
		for d := range domains {
			change := math.MaxInt
			if d < planted {
				change = 50 + rng.IntN(100)
			}
			episodes = append(episodes, lowVolumeWeek(t, rules, rng, 0.05, 0.25, change)...)
		}
		patient += float64(len(standing(episodes, domains, alpha, func(f found) float64 { return f.patient }))) / planted / repetitions
		stand := standing(episodes, domains, alpha, func(f found) float64 { return f.e })
		share := func(of []found) float64 {
			wrong := 0
			for _, e := range of {
				if !e.planted {
					wrong++
				}
			}
			return float64(wrong) / float64(max(1, len(of)))
		}
		falseOfAll += share(episodes) / repetitions
		falseOfStanding += share(stand) / repetitions
		power += float64(len(stand)) * (1 - share(stand)) / planted / repetitions
	}
	t.Logf("false among all triggers %.3f, among those that stand %.4f; %.3f of the planted changes stand, by the statistic when fired %.3f",
		falseOfAll, falseOfStanding, power, patient)
	if falseOfAll < 2*alpha {
		t.Errorf("%.3f of all triggers are false: too few to show anything", falseOfAll)
	}
	if falseOfStanding > alpha/2 || power < 0.6 {
		t.Errorf("of what stands %.3f is false, %.3f of the planted changes stand", falseOfStanding, power)
	}
}
