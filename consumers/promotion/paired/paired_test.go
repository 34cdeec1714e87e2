package paired

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, relative float64) bool {
	return math.Abs(a-b) <= relative*max(math.Abs(a), math.Abs(b))
}

// From scipy 1.17.1: binomtest(w, w+l, 0.5, alternative="greater").pvalue, and the mean likelihood ratio by integrate.quad.
func TestAgainstScipy(t *testing.T) {
	for _, test := range []struct {
		wins, losses int
		p, e         float64
	}{
		{0, 0, 1, 1},
		{1, 0, 0.5, 1.5},
		{5, 0, 0.03125, 10.5},
		{8, 2, 0.0546875, 4.00202020202},
		{12, 12, 0.580590128898621, 0.248169351176},
		{30, 15, 0.0178489017775973, 4.378343276},
		{40, 60, 0.982399899891148, 0.0420405251105},
		{260, 210, 0.0118532221170264, 1.63115473173},
		{1200, 1050, 0.000838334139075138, 7.84568955668},
	} {
		if p, e := McNemar(test.wins, test.losses), EValue(test.wins, test.losses); !near(p, test.p, 1e-10) || !near(e, test.e, 1e-9) {
			t.Errorf("%d wins, %d losses: p %.15g, e %.12g, want %.15g, %.12g", test.wins, test.losses, p, e, test.p, test.e)
		}
	}
}

// From scipy 1.17.1: exact power from binom.pmf, binom.sf and binom.isf over all tables, and bisection.
func TestRequiredAgainstScipy(t *testing.T) {
	for _, test := range []struct {
		plan Plan
		want int
	}{
		{Plan{Alpha: 0.025, Power: 0.8, Effect: 0.05, MinEffect: 0.02, Discordance: 0.25}, 817},
		{Plan{Alpha: 0.05, Power: 0.9, Effect: 0.1, Discordance: 0.3}, 269},
		{Plan{Alpha: 0.025, Power: 0.8, Effect: 0.02, MinEffect: 0.01, Discordance: 0.2}, 4016},
		{Plan{Alpha: 0.025, Power: 0.8, Effect: 0.2, MinEffect: 0.1, Discordance: 0.2}, 39},
		{Plan{Alpha: 0.01, Power: 0.95, Effect: 0.08, MinEffect: 0.05, Discordance: 0.4}, 1174},
	} {
		if got, ok := test.plan.Required(20_000); !ok || got != test.want {
			t.Errorf("%+v: %d, %v, want %d", test.plan, got, ok, test.want)
		}
	}
	if n, ok := (Plan{Alpha: 0.025, Power: 0.8, Effect: 0.001, Discordance: 0.5}).Required(20_000); ok {
		t.Errorf("%d tasks are enough for a tenth of a percent", n)
	}
}

// From scipy 1.17.1: the score with the nuisance rate by minimize_scalar of the likelihood, inverted by brentq.
func TestIntervalAgainstScipy(t *testing.T) {
	for _, test := range []struct {
		table        Table
		lower, upper float64
	}{
		{Table{43, 1, 0, 0}, -0.0593960, 0.1180798},
		{Table{53, 16, 8, 9}, -0.0196611, 0.2069130},
		{Table{200, 60, 30, 110}, 0.0290959, 0.1218985},
		{Table{10, 5, 5, 10}, -0.2154757, 0.2154757},
		{Table{700, 120, 60, 120}, 0.0340961, 0.0864910},
	} {
		lower, upper := test.table.Interval(1.96)
		if math.Abs(lower-test.lower) > 2e-7 || math.Abs(upper-test.upper) > 2e-7 {
			t.Errorf("%+v: [%.7f, %.7f], want [%.7f, %.7f]", test.table, lower, upper, test.lower, test.upper)
		}
	}
}

func TestIntervalIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 300)
		table := Table{count.Draw(t, "both"), count.Draw(t, "candidate"), count.Draw(t, "baseline"), count.Draw(t, "neither")}
		lower, upper := table.Interval(1.96)
		if !(-1 <= lower && lower <= table.Effect() && table.Effect() <= upper && upper <= 1) {
			t.Fatalf("%+v: %v in [%v, %v]", table, table.Effect(), lower, upper)
		}
		mirror := Table{table.Both, table.Baseline, table.Candidate, table.Neither}
		if l, u := mirror.Interval(1.96); math.Abs(l+upper) > 1e-9 || math.Abs(u+lower) > 1e-9 {
			t.Fatalf("%+v: [%v, %v], mirrored [%v, %v]", table, lower, upper, l, u)
		}
	})
}

// What the next task is expected to make of the e-value, where either result is as likely, is the e-value itself.
func TestEValueIsAMartingale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, l := rapid.IntRange(0, 400).Draw(t, "wins"), rapid.IntRange(0, 400).Draw(t, "losses")
		if next := (EValue(w+1, l) + EValue(w, l+1)) / 2; !near(next, EValue(w, l), 1e-8) {
			t.Fatalf("%d wins, %d losses: %v, then %v", w, l, EValue(w, l), next)
		}
	})
}

// Ville: of models that are no better, at most alpha are ever taken for better, though one looks after every task.
func TestEValueRarelyErrsWheneverOneLooks(t *testing.T) {
	const runs, tasks, alpha = 4000, 1000, 0.05
	random := rand.New(rand.NewPCG(1, 2))
	crossed := 0
	for range runs {
		wins, losses := 0, 0
		for range tasks {
			if random.IntN(2) == 0 {
				wins++
			} else {
				losses++
			}
			if wins > losses && EValue(wins, losses) >= 1/alpha {
				crossed++
				break
			}
		}
	}
	// Three standard errors of a rate of alpha in so many runs.
	if rate := float64(crossed) / runs; rate > alpha+3*math.Sqrt(alpha*(1-alpha)/runs) || crossed == 0 {
		t.Errorf("%v of the runs crossed, alpha is %v", rate, alpha)
	} else {
		t.Logf("%v of %d runs of %d tasks crossed; alpha is %v", rate, runs, tasks, alpha)
	}
}

// By hand: 0.01 x 4, 0.013 x 3, then never less than before.
func TestHolm(t *testing.T) {
	got := Holm([]float64{0.04, 0.01, 0.03, 0.013})
	for i, want := range []float64{0.06, 0.04, 0.06, 0.04} {
		if !near(got[i], want, 1e-12) {
			t.Errorf("adjusted %v", got)
		}
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		for i, q := range Holm(p) {
			if q < p[i] || q > 1 {
				t.Fatalf("%v became %v", p, q)
			}
		}
		if len(p) > 0 && !near(slices.Min(Holm(p)), min(1, slices.Min(p)*float64(len(p))), 1e-12) {
			t.Fatalf("the least of %v became %v", p, slices.Min(Holm(p)))
		}
	})
}

func TestAdd(t *testing.T) {
	var table Table
	for range 3 {
		table.Add(true, false)
	}
	table.Add(false, true)
	table.Add(true, true)
	table.Add(false, false)
	if (table != Table{1, 3, 1, 1}) || table.Tasks() != 6 || table.Effect() != 2.0/6 {
		t.Errorf("%+v: %d tasks, effect %v", table, table.Tasks(), table.Effect())
	}
}

func BenchmarkEValue(b *testing.B) {
	for i := range b.N {
		EValue(300+i%100, 250)
	}
}
