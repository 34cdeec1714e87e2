package collector

import (
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// burst is for how long a sender may send faster than its limit, after a pause as long.
const burst = 10 * time.Second

// laterError tells the client to come again. Nothing of its request was stored.
type laterError struct {
	status int
	reason string
	after  time.Duration
}

func (e *laterError) Error() string { return e.reason }

func (e *laterError) seconds() int { return max(1, int(math.Ceil(e.after.Seconds()))) }

// limits bound what each sender sends. A request is let through while its sender has anything left, and what it held is
// counted afterwards, since only then it is known.
type limits struct {
	perSecond float64

	mu   sync.Mutex
	each map[string]*rate.Limiter // tokens and webhooks are as many as the file of tokens says
}

func newLimits(perSecond float64) *limits {
	return &limits{perSecond: perSecond, each: map[string]*rate.Limiter{}}
}

func (l *limits) of(id string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.each[id]
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(l.perSecond), int(l.perSecond*burst.Seconds()))
		l.each[id] = limiter
	}
	return limiter
}

// check returns a *laterError for a sender that has sent too much. Programs on this machine that need no token aren't limited.
func (l *limits) check(id string, now time.Time) error {
	if id == "" {
		return nil
	}
	if left := l.of(id).TokensAt(now); left < 1 {
		return &laterError{http.StatusTooManyRequests, "too many events for this token", time.Duration((1 - left) / l.perSecond * float64(time.Second))}
	}
	return nil
}

// count notes what a sender sent.
func (l *limits) count(id string, items int, now time.Time) {
	if id == "" {
		return
	}
	limiter := l.of(id)
	limiter.ReserveN(now, min(max(1, items), limiter.Burst()))
}
