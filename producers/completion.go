package producers

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// completion lets one call wait for its records.
type completion struct {
	abandoned atomic.Bool // it failed or nobody waits any more: what was not sent yet needn't be
	left      atomic.Int64
	done      chan struct{}
	senders   []*sender // who hold records of the call

	mu  sync.Mutex
	err error // the first failure
}

func newCompletion() *completion {
	c := &completion{done: make(chan struct{})}
	c.left.Store(1) // the call itself, until it waits
	return c
}

// add announces one record more; the sender settles it.
func (c *completion) add() { c.left.Add(1) }

func (c *completion) settle(n int, err error) {
	if err != nil {
		c.fail(err)
		c.abandoned.Store(true) // what comes after the failure in its partition must not overtake it
	}
	if c.left.Add(-int64(n)) == 0 {
		close(c.done)
	}
}

func (c *completion) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

func (c *completion) sentTo(s *sender) {
	if !slices.Contains(c.senders, s) {
		c.senders = append(c.senders, s)
	}
}

// wait has the senders send at once and returns when all records are settled. When ctx ends first, the
// records that are not on their way yet are withdrawn.
func (c *completion) wait(ctx context.Context) error {
	for _, s := range c.senders {
		s.urge()
	}
	c.settle(1, nil)
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		select {
		case <-c.done: // both: the outcome is known
			return c.err
		default:
		}
		c.abandoned.Store(true)
		return fmt.Errorf("publish: gave up waiting, the events may or may not have been written: %w", context.Cause(ctx))
	}
}
