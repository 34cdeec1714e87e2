package consumers

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/assayhq/assay/topology/partlog"
)

// final is an error that trying again won't change.
type final interface{ final() }

// fatalError is an error that no retry can mend: the process must end and tell a person.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }
func (e *fatalError) final()        {}

func fatal(err error) error { return &fatalError{err} }

// errLost says that the partition belongs to another member of the group by now: its work goes on there.
var errLost = errors.New("the partition was given to another member")

// newBackOff returns jittered exponential waits from 100 ms to 10 s without end (backoff/v4 would give up after 15 minutes).
func newBackOff() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.MaxElapsedTime = 100*time.Millisecond, 10*time.Second, 0
	return b
}

// retry calls f until it succeeds, fails for good (final, errLost, an offset out of range) or ctx ends. Failures are counted and logged under the
// operation's name when w is not nil.
func retry[T any](ctx context.Context, w *worker, operation string, f func() (T, error)) (T, error) {
	waits := newBackOff()
	for {
		v, err := f()
		var end final
		var lost *partlog.OutOfRangeError
		if err == nil || errors.As(err, &end) || errors.As(err, &lost) || errors.Is(err, errLost) {
			return v, err
		}
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
		wait := waits.NextBackOff()
		if w != nil {
			w.metrics.retried(operation)
			w.log.Warn("will try again", "operation", operation, "wait", wait.Round(time.Millisecond), "error", err)
		}
		if err := sleep(ctx, wait); err != nil {
			return v, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
