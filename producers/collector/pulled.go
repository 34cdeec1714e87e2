package collector

import (
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// Protect does to a result that came another way than by a request, such as a report that was fetched, what is done to
// those: it returns the events to publish, dead letters among them, in which nothing confidential stands in the clear.
func (c *Collector) Protect(r intake.Request, result intake.Result) (intake.Outcome, []schemas.Event, error) {
	return c.settle(r, result)
}
