// Package embeddedtest gives tests a real ClickHouse: one embedded server per test binary, a database per test.
//
// A package that uses it calls Main from its TestMain, as the test binary is also the server's process:
//
//	func TestMain(m *testing.M) { embeddedtest.Main(m) }
package embeddedtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded"
)

const (
	childEnv     = "ASSAY_TEST_CLICKHOUSE_CHILD"
	startTimeout = 5 * time.Minute // the library may have to be fetched first
)

// Main runs the tests, or is the server where this process was started as one. It does not return.
func Main(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		if err := embedded.RunChild(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// New returns a fresh, migrated database on the shared server, closed when the test ends.
func New(t testing.TB) *clickhouse.DB {
	t.Helper()
	o := Options(t)
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return Open(t, o)
}

// Open connects to a migrated database until the test ends.
func Open(t testing.TB, o clickhouse.Options) *clickhouse.DB {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Options names a database on the shared server that doesn't exist yet.
func Options(t testing.TB) clickhouse.Options {
	t.Helper()
	s, err := shared()
	fatalOrSkip(t, err)
	return OptionsFor(s, fmt.Sprintf("test_%d", databases.Add(1)))
}

// OptionsFor names a database on a server.
func OptionsFor(s *embedded.Server, database string) clickhouse.Options {
	return clickhouse.Options{DSN: fmt.Sprintf("clickhouse://%s@%s/%s", embedded.User, s.TCPAddr(), database)}
}

// Start starts a server of the test's own, to be killed and started again in the same folder.
func Start(t testing.TB, dir string) *embedded.Server {
	t.Helper()
	s, err := start(dir)
	fatalOrSkip(t, err)
	t.Cleanup(s.Stop)
	return s
}

var databases atomic.Int64

// sharedServer is the test binary's server, once a test has asked for it.
var sharedServer struct {
	sync.Mutex
	dir    string
	server *embedded.Server
	err    error
}

func shared() (*embedded.Server, error) {
	s := &sharedServer
	s.Lock()
	defer s.Unlock()
	if s.server == nil && s.err == nil {
		if s.dir, s.err = os.MkdirTemp("", "assay-clickhouse-"); s.err == nil {
			s.server, s.err = start(s.dir)
		}
	}
	return s.server, s.err
}

func stop() {
	s := &sharedServer
	s.Lock()
	defer s.Unlock()
	if s.server != nil {
		s.server.Stop()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func start(dir string) (*embedded.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	library, err := embedded.Library(ctx, func(what string) { fmt.Fprintln(os.Stderr, what) })
	if err != nil {
		return nil, errors.Join(errNoLibrary, err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the test binary: %w", err)
	}
	return embedded.Start(ctx, embedded.Config{
		Dir: dir, Library: library, Logger: slog.New(slog.DiscardHandler),
		Command: []string{"env", childEnv + "=1", self},
	})
}

var errNoLibrary = errors.New("this test needs the embedded ClickHouse")

// fatalOrSkip skips where the library can't be had, except in CI.
func fatalOrSkip(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, errNoLibrary) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	t.Fatal(err)
}
