package collector

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// fullWait is until there may be room again.
const fullWait = 10 * time.Second

// store returns when the events are kept. Its error is a *laterError unless the client left, or an event never passes.
func (c *Collector) store(ctx context.Context, events []schemas.Event) error {
	err := c.config.Publisher.PublishSync(ctx, events...)
	switch {
	case err == nil || ctx.Err() != nil: // the client left: it will send again
		return err
	case errors.Is(err, producers.ErrInvalid), errors.Is(err, producers.ErrTooLarge), errors.Is(err, producers.ErrRefused):
		return err
	case errors.Is(err, spool.ErrFull):
		return &laterError{http.StatusServiceUnavailable, "Kafka is away and the spool is full", fullWait}
	case errors.Is(err, producers.ErrClosed):
		return &laterError{http.StatusServiceUnavailable, "the collector is stopping", time.Second}
	}
	c.log.Error("Kafka is away and the spool can't be written: check its disk", "error", err)
	return &laterError{http.StatusServiceUnavailable, "Kafka is away and the spool can't be written", fullWait}
}
