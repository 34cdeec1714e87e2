// Package canary measures what a user of the data waits for: it publishes a synthetic event every few seconds and looks for
// it where analysts look. It knows neither broker nor database: a Publisher takes the event, a function finds it again.
//
// The event is a ChatEvent without kind, content, person or model, of the organisation Org and the source Source, in the
// topic that real events wait in. Nothing counts it: aggregates and rates are made of code events, the services ask for a
// kind, reports and the audit's readers can tell it by its source.
package canary

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/schemas"
)

// Org and Source mark canaries.
const (
	Org    = "assay"
	Source = "assay-canary"
)

const (
	conversations = 64 // keys in turn: enough to come by every partition
	firstPoll     = 10 * time.Millisecond
	lastPoll      = time.Second
	patience      = 5 * time.Minute // then a canary counts as lost, and the next one is sent
)

// Publisher is what producers.Publisher offers.
type Publisher interface {
	PublishSync(ctx context.Context, events ...schemas.Event) error
}

// Canary publishes and waits, one event at a time.
type Canary struct {
	publisher Publisher
	visible   func(context.Context, *schemas.ChatEvent) (bool, error)
	log       *slog.Logger
	sent      int
	since     atomic.Pointer[time.Time] // when the event that is waited for was published

	delay  prometheus.Histogram
	events *prometheus.CounterVec
}

// New registers assay_canary_*. visible reports whether a SELECT returns the event.
func New(p Publisher, visible func(context.Context, *schemas.ChatEvent) (bool, error), log *slog.Logger, r prometheus.Registerer) (*Canary, error) {
	c := &Canary{publisher: p, visible: visible, log: log}
	c.delay = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_canary_visible_seconds",
		Help:    "Time from publishing a synthetic event until a SELECT returns it.",
		Buckets: []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60, 120, 300}})
	c.events = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_canary_events_total",
		Help: "Synthetic events, by result: visible, lost (not within five minutes), failed (not published)."}, []string{"result"})
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assay_canary_waiting_seconds",
		Help: "Time since the synthetic event was published that is not visible yet; 0 when there is none."}, c.waiting)
	for _, collector := range []prometheus.Collector{c.delay, c.events, waiting} {
		if err := r.Register(collector); err != nil {
			return nil, fmt.Errorf("register the canary's metrics: %w", err)
		}
	}
	return c, nil
}

func (c *Canary) waiting() float64 {
	if since := c.since.Load(); since != nil {
		return time.Since(*since).Seconds()
	}
	return 0
}

// Run sends a canary every so often until ctx ends, later while one is waited for.
func (c *Canary) Run(ctx context.Context, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for ctx.Err() == nil {
		c.round(ctx)
		select {
		case <-ctx.Done():
		case <-ticks.C:
		}
	}
}

// round sends one canary and waits for it. What fails is logged and counted; the next round is another try.
func (c *Canary) round(ctx context.Context) {
	event := c.event()
	began := time.Now()
	c.since.Store(&began)
	defer c.since.Store(nil)
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	result, message := "failed", "the canary can't be published"
	err := c.publisher.PublishSync(patient, event)
	if err == nil {
		result, message = "lost", "the canary was published but can't be found: is the warehouse running?"
		err = c.await(patient, event)
	}
	switch {
	case err == nil:
		c.events.WithLabelValues("visible").Inc()
		c.delay.Observe(time.Since(began).Seconds())
	case ctx.Err() == nil: // else the process ends
		c.events.WithLabelValues(result).Inc()
		c.log.Error(message, "error", err)
	}
}

// await asks ever more slowly, so that an outage is not made worse; while all is well it is off by a tenth at most.
func (c *Canary) await(ctx context.Context, event *schemas.ChatEvent) error {
	began, pause := time.Now(), firstPoll
	for {
		found, err := c.visible(ctx, event)
		if found {
			return nil
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = ctx.Err()
			}
			return err
		case <-time.After(pause):
		}
		pause = min(max(firstPoll, time.Since(began)/10), lastPoll)
	}
}

func (c *Canary) event() *schemas.ChatEvent {
	c.sent++
	return &schemas.ChatEvent{
		Envelope: schemas.Envelope{
			EventID: "canary-" + uuid.NewString(), OccurredAt: time.Now().UTC().Truncate(time.Millisecond), Source: Source, Org: Org,
			Environment: schemas.EnvironmentDogfood,
		},
		Kind: schemas.ChatUnknown, ConversationID: fmt.Sprintf("canary-%d", c.sent%conversations),
	}
}
