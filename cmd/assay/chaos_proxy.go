package main

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// proxy forwards connections to an engine, and can be told not to.
type proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	mode    faultKind // "", faultCut, faultHold or faultSlow
	changed *sync.Cond
	open    map[net.Conn]bool
	closed  bool
}

const (
	proxyBuffer = 32 << 10
	proxyDelay  = 50 * time.Millisecond // of every buffer while slow
)

func newProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen in front of %s: %w", target, err)
	}
	p := &proxy{listener: l, target: target, open: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	go p.serve()
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// set changes what happens to connections; "" forwards.
func (p *proxy) set(mode faultKind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
	if mode == faultCut {
		p.breakAll()
	}
	p.changed.Broadcast()
}

func (p *proxy) breakAll() {
	for c := range p.open {
		c.Close()
	}
}

func (p *proxy) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.breakAll()
	p.changed.Broadcast()
	return p.listener.Close()
}

func (p *proxy) serve() {
	for {
		near, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go p.join(near)
		}
	}
}

// join forwards both ways until either side ends.
func (p *proxy) join(near net.Conn) {
	defer near.Close()
	if !p.pass() {
		return
	}
	far, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !p.track(near, far) {
		return
	}
	defer p.forget(near, far)
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			p.forward(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

func (p *proxy) forward(from, to net.Conn) {
	buffer := make([]byte, proxyBuffer)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !p.pass() {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits as the mode asks for; false says that the connection must break.
func (p *proxy) pass() bool {
	p.mu.Lock()
	for p.mode == faultHold && !p.closed {
		p.changed.Wait()
	}
	mode, closed := p.mode, p.closed
	p.mu.Unlock()
	if mode == faultSlow {
		time.Sleep(proxyDelay)
	}
	return mode != faultCut && !closed
}

func (p *proxy) track(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode == faultCut || p.closed {
		return false
	}
	for _, c := range conns {
		p.open[c] = true
	}
	return true
}

func (p *proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.open, c)
	}
}
