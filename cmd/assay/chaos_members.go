package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// members are the processes of one service.
type members struct {
	alive   []*supervised
	started int
	starved bool // of ClickHouse's memory
}

// startService adds a member to a service that has members.
func (r *rig) startService(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.services[name]
	m.started++
	p, err := supervise(r.logs, fmt.Sprintf("%s-%d", name, m.started), func() []string {
		c := r.proxied
		if r.isStarved(name) {
			c.ClickHouse.DSN += "?max_memory_usage=" + strconv.Itoa(starvation)
		}
		return append([]string{"run", name, "--log-level=info", "--http=127.0.0.1:0", "--pprof=off", "--session-timeout=" + r.session.String(), "--rules=" + r.rules}, connectionFlags(&c)...)
	})
	if err != nil {
		return err
	}
	m.alive = append(m.alive, p)
	return nil
}

// chaosRules fire and clear often: the simulation has a few minutes of event time for what the built-in rules watch over days.
const chaosRules = `rules:
- {id: retention, match: {category: retention}, slo: 0.10, detector: wilson_window, window: 24h, min_events: 50, z: 4, lateness: 24h, clear_z: 1.64, cool_down: 1h, action: partial, severity: high}
- {id: rating, match: {category: rating}, slo: 0.10, detector: wilson_window, window: 24h, min_events: 50, z: 4, lateness: 24h, clear_z: 1.64, cool_down: 1h, action: reweight, severity: medium}
`

// starvation is a memory limit that queries of a few rows keep and inserts don't.
const starvation = 1 << 20

func (r *rig) isStarved(service string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.services[service].starved
}

func (r *rig) setStarved(service string, starved bool) {
	r.mu.Lock()
	r.services[service].starved = starved
	alive := slices.Clone(r.services[service].alive)
	r.mu.Unlock()
	for _, p := range alive {
		p.end(syscall.SIGTERM, 0)
	}
}

// scale starts or ends members of a service, the newest first, until there are n.
func (r *rig) scale(ctx context.Context, name string, n int) error {
	for {
		r.mu.Lock()
		m := r.services[name]
		surplus := len(m.alive) - n
		var last *supervised
		if surplus > 0 {
			last = m.alive[len(m.alive)-1]
			m.alive = m.alive[:len(m.alive)-1]
			r.retired = append(r.retired, last)
		}
		r.mu.Unlock()
		var err error
		switch {
		case surplus > 0:
			err = last.stop(ctx)
		case surplus < 0:
			err = r.startService(name)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// victim is the process that a fault is about; ClickHouse is none of them.
func (r *rig) victim(f fault) *supervised {
	switch f.Target {
	case targetBroker:
		return r.broker
	case targetProducer:
		return r.producer
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	alive := r.services[f.Target].alive
	return alive[f.Victim%len(alive)]
}

// stopServices ends every service as an operator does.
func (r *rig) stopServices(ctx context.Context) error {
	var stops []error
	var mu sync.Mutex
	var all sync.WaitGroup
	r.mu.Lock()
	for _, m := range r.services {
		for _, p := range m.alive {
			all.Go(func() {
				err := p.stop(ctx)
				mu.Lock()
				defer mu.Unlock()
				stops = append(stops, err)
			})
		}
	}
	r.mu.Unlock()
	all.Wait()
	return errors.Join(stops...)
}
