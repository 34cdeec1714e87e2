// Package embedded runs a real ClickHouse server without an installation: ClickHouse as a library (chDB), loaded
// by a child process of this binary. It serves the native protocol and HTTP on the loopback interface.
//
// It is for local mode and tests. It must not know Assay's tables, and production doesn't need it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/creack/pty"

	"github.com/assayhq/assay/sinks/clickhouse/deduplog"
)

// ChildCommand is the hidden argument after which cmd/assay calls RunChild with the rest.
const ChildCommand = "clickhouse-server"

// User is the account that owns the tables; see deploy/clickhouse/users.xml for the others.
const User = "assay"

// Config is what a server needs to start.
type Config struct {
	Dir      string // data, configuration and logs; made when absent
	Library  string // from Library
	TCPPort  int    // native protocol; 0 picks a free one
	HTTPPort int    // 0 picks a free one
	Password string // of all users; may be empty, as only this machine reaches the server
	Logger   *slog.Logger
	// Command starts the child; the library's path is appended. Default: this executable with ChildCommand.
	Command []string
}

// Server is a running server.
type Server struct {
	config Config
	dir    string
	cmd    *exec.Cmd
	holds  []io.Closer // the child's pipe and terminal: it ends when they close
	stderr report
	done   chan struct{}
	err    error

	stop     sync.Once
	stopping chan struct{}
}

const (
	stopGrace  = 10 * time.Second
	readyEvery = 20 * time.Millisecond
)

// Start starts the server and returns when it answers on the native protocol. Cancelling ctx later doesn't stop it;
// Stop does, and so does the end of this process.
func Start(ctx context.Context, c Config) (*Server, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if c.Library == "" {
		return nil, ErrNoLibrary
	}
	if c.TCPPort, c.HTTPPort, err = pickPorts(c.TCPPort, c.HTTPPort); err != nil {
		return nil, err
	}
	if len(c.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program to start ClickHouse with: %w", err)
		}
		c.Command = []string{self, ChildCommand}
	}
	if err := writeConfig(settings{Dir: dir, TCPPort: c.TCPPort, HTTPPort: c.HTTPPort}); err != nil {
		return nil, err
	}
	switch freed, err := deduplog.Repair(filepath.Join(dir, "data")); {
	case errors.Is(err, deduplog.ErrRunning):
		return nil, inUse(dir)
	case err != nil:
		return nil, err
	case freed > 0:
		c.Logger.Info("inserts that the last end of clickhouse cut off can be repeated", "inserts", freed)
	}
	s := &Server{config: c, dir: dir, done: make(chan struct{}), stopping: make(chan struct{})}
	if err := s.spawn(); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	c.Logger.Info("clickhouse is up", "tcp", s.TCPAddr(), "http", s.HTTPAddr(), "pid", s.cmd.Process.Pid, "dir", dir)
	return s, nil
}

func (s *Server) spawn() error {
	s.cmd = exec.Command(s.config.Command[0], append(s.config.Command[1:len(s.config.Command):len(s.config.Command)], s.config.Library)...)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(),
		"ASSAY_CLICKHOUSE_PASSWORD="+s.config.Password,
		"ASSAY_CLICKHOUSE_ANALYST_PASSWORD="+s.config.Password,
		"ASSAY_CLICKHOUSE_SECURITY_PASSWORD="+s.config.Password,
		"ASSAY_CLICKHOUSE_ML_PASSWORD="+s.config.Password)
	// An error means that the blocking query has failed; ClickHouse then turns to the terminal and would wait there.
	s.stderr.onError = s.release
	s.cmd.Stderr = &s.stderr
	// Its own process group, so that Ctrl-C reaches Assay alone, which drains into ClickHouse before it stops it.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	far, near, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make the pipe that holds ClickHouse: %w", err)
	}
	defer far.Close()
	terminal, tty, err := pty.Open()
	if err != nil {
		near.Close()
		return fmt.Errorf("make the terminal of ClickHouse: %w", err)
	}
	defer tty.Close()
	s.holds = []io.Closer{near, terminal}
	s.cmd.Stdin = tty // see config.xml for why it needs a terminal
	s.cmd.ExtraFiles = []*os.File{far}
	if err := s.cmd.Start(); err != nil {
		s.release()
		return fmt.Errorf("start the ClickHouse process: %w", err)
	}
	go s.wait()
	return nil
}

func (s *Server) release() {
	for _, h := range s.holds {
		h.Close()
	}
}

func (s *Server) wait() {
	err := s.cmd.Wait()
	select {
	case <-s.stopping:
	default:
		s.err = explain(s.dir, s.stderr.String(), err)
	}
	close(s.done)
}

func (s *Server) awaitReady(ctx context.Context) error {
	db, err := clickhouse.Open(&clickhouse.Options{
		Addr:        []string{s.TCPAddr()},
		Auth:        clickhouse.Auth{Username: User, Password: s.config.Password},
		DialTimeout: time.Second, // what listens on a taken port may never answer
	})
	if err != nil {
		return fmt.Errorf("prepare a connection to ClickHouse: %w", err)
	}
	defer db.Close()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		err := db.Ping(ctx)
		if err == nil {
			return nil
		}
		if exception := (*clickhouse.Exception)(nil); errors.As(err, &exception) {
			return fmt.Errorf("ask ClickHouse whether it is ready: %w", err)
		}
		select {
		case <-s.done:
			return s.err
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for ClickHouse to answer on %s: %w; its log is %s", s.TCPAddr(), ctx.Err(), filepath.Join(s.dir, "server.log"))
		}
	}
}

// TCPAddr is host:port of the native protocol.
func (s *Server) TCPAddr() string { return loopback(s.config.TCPPort) }

// HTTPAddr is host:port of the HTTP interface.
func (s *Server) HTTPAddr() string { return loopback(s.config.HTTPPort) }

// Pid is the process id of the server.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Done is closed when the server is down, whatever the reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says, after Done, why the server went down by itself; nil after Stop.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop ends the server, gracefully at first, and returns when it is down. It may be called repeatedly.
func (s *Server) Stop() {
	s.stop.Do(func() {
		close(s.stopping)
		s.release()
		select {
		case <-s.done:
		case <-time.After(stopGrace):
			s.config.Logger.Warn("clickhouse did not stop in time, killing it", "grace", stopGrace)
			s.cmd.Process.Kill()
		}
	})
	<-s.done
}

// Kill ends the server like a power cut, for tests of what survives; Err then says that it died.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.done
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// pickPorts replaces zeros by free ports, and looks whether the others are free: the server itself would say so in a
// paragraph, or not at all. They are distinct, as both are held until both are known.
func pickPorts(ports ...int) (tcp, http int, err error) {
	for i, p := range ports {
		l, err := net.Listen("tcp", loopback(p))
		switch {
		case err != nil && p != 0:
			return 0, 0, fmt.Errorf("%w: %s; stop what listens there or choose another port for ClickHouse", ErrPort, loopback(p))
		case err != nil:
			return 0, 0, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports[0], ports[1], nil
}
