package gate

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// BenchmarkFold judges a busy repository: 40 open changes with fingerprints, and as many suggestions as there is room for.
func BenchmarkFold(b *testing.B) {
	p := DefaultPolicy()
	fold := New(func() *Policy { return p })
	var s *State
	n := 0
	feed := func(e schemas.GateInput) {
		n++
		e.EventID, e.Org, e.OccurredAt = fmt.Sprint(n), "acme", start.Add(time.Duration(n)*time.Second)
		next, _, err := fold(s, consumers.Input{Event: &e, LogTime: e.OccurredAt})
		if err != nil {
			b.Fatal(err)
		}
		s = next
	}
	for i := range 40 {
		feed(opened(fmt.Sprint(i), prefix(int64(i*5000), 1000)...))
	}
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprint("s", i)
		feed(accepted(id, "", prefix(int64(i%200_000), 30)...))
		feed(clean(id))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "inputs/s")
}
