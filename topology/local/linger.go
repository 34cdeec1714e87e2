package local

import (
	"net"
	"sync"
	"time"
)

// lingerFor is longer than clients give each other to join a group.
const lingerFor = time.Minute

// lingering hides from the broker for a while that a client has gone. A member of a group whose connection ends while it joins would
// otherwise be one for ever, with its share of the partitions: the broker starts its session only with an answer that it could write to
// a connection that it knows of.
type lingering struct {
	net.Conn
	end    sync.Once
	closed chan struct{}
}

func (c *lingering) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		timer := time.NewTimer(lingerFor)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.closed:
		}
	}
	return n, err
}

func (c *lingering) Close() error {
	c.end.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

type lingeringListener struct{ net.Listener }

func (l lingeringListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingering{Conn: conn, closed: make(chan struct{})}, nil
}
