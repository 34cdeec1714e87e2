package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func library(t *testing.T) string {
	t.Helper()
	path, err := Library(t.Context(), func(s string) { t.Log(s) })
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

func testConfig(t *testing.T, dir string) Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{Dir: dir, Library: library(t), Password: "secret", Logger: slog.New(slog.DiscardHandler), Command: []string{self}}
}

func start(t *testing.T, c Config) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func connect(t *testing.T, s *Server, user, password string) driver.Conn {
	t.Helper()
	db, err := clickhouse.Open(&clickhouse.Options{Addr: []string{s.TCPAddr()}, Auth: clickhouse.Auth{Username: user, Password: password}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t *testing.T, db driver.Conn, query string) uint64 {
	t.Helper()
	var n uint64
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestRowsSurviveStopAndKill(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	s := start(t, c)
	db := connect(t, s, User, c.Password)
	for _, q := range []string{
		"CREATE DATABASE assay",
		"CREATE TABLE assay.t (x UInt64) ENGINE = MergeTree ORDER BY x",
		"INSERT INTO assay.t SELECT number FROM numbers(1000)",
	} {
		if err := db.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	db.Close()
	s.Stop()
	if err := s.Err(); err != nil {
		t.Fatalf("a stopped server has an error: %v", err)
	}

	s = start(t, c)
	db = connect(t, s, User, c.Password)
	if err := db.Exec(t.Context(), "INSERT INTO assay.t SELECT number FROM numbers(1000)"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := s.Err(); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), "signal: killed") {
		t.Fatalf("a killed server says %v", err)
	}

	s = start(t, c)
	if n := count(t, connect(t, s, User, c.Password), "SELECT count() FROM assay.t"); n != 2000 {
		t.Fatalf("%d rows after stop and kill, want 2000", n)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	broken := filepath.Join(t.TempDir(), libraryFile)
	if err := os.WriteFile(broken, []byte("not a library"), 0o755); err != nil {
		t.Fatal(err)
	}
	busy := testConfig(t, t.TempDir())
	start(t, busy)

	for name, tc := range map[string]struct {
		change func(*Config)
		want   error
		word   string
	}{
		"no library":      {func(c *Config) { c.Library = "" }, ErrNoLibrary, "npm"},
		"missing library": {func(c *Config) { c.Library = "/nowhere/libchdb.so" }, ErrLibrary, "/nowhere"},
		"corrupt library": {func(c *Config) { c.Library = broken }, ErrLibrary, LibraryEnv},
		"port taken":      {func(c *Config) { c.TCPPort = taken.Addr().(*net.TCPAddr).Port }, ErrPort, taken.Addr().String()},
		"folder in use":   {func(c *Config) { c.Dir = busy.Dir }, ErrInUse, busy.Dir},
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t, t.TempDir())
			tc.change(&c)
			s, err := Start(t.Context(), c)
			if err == nil {
				s.Stop()
				t.Fatal("it started")
			}
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.word) {
				t.Fatalf("%v; want it to be %q and to name %q", err, tc.want, tc.word)
			}
		})
	}
}

func TestDamagedDataIsNamed(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	s := start(t, c)
	db := connect(t, s, User, c.Password)
	for _, q := range []string{"CREATE DATABASE assay", "CREATE TABLE assay.t (x UInt64) ENGINE = MergeTree ORDER BY x"} {
		if err := db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	s.Stop()
	damage(t, filepath.Join(c.Dir, "data"))
	s, err := Start(t.Context(), c)
	if err == nil {
		s.Stop()
		t.Fatal("it started on damaged data")
	}
	if !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), "Code:") {
		t.Fatalf("%v; want ErrServer with ClickHouse's own words", err)
	}
}

// damage overwrites every table definition below dir.
func damage(t *testing.T, dir string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "t.sql" {
			n++
			return os.WriteFile(path, []byte("ATTACH TABLE broken ("), 0o600)
		}
		return err
	})
	if err != nil || n == 0 {
		t.Fatalf("damage %s: %d files, %v", dir, n, err)
	}
}

func TestWrongPasswordAndResetsLeaveItUp(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	s := start(t, c)
	var exception *clickhouse.Exception
	if err := connect(t, s, User, "wrong").Ping(t.Context()); !errors.As(err, &exception) || exception.Code != 516 {
		t.Fatalf("ping with a wrong password: %v", err)
	}
	for _, addr := range []string{s.TCPAddr(), s.HTTPAddr()} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("\x00GET nonsense"))
		conn.(*net.TCPConn).SetLinger(0) // close sends a reset
		conn.Close()
	}
	if n := count(t, connect(t, s, User, c.Password), "SELECT count() FROM numbers(3)"); n != 3 {
		t.Fatalf("count of 3 is %d", n)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestNobodyIsUserDefault(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	db := connect(t, start(t, c), "default", "")
	var n uint64
	err := db.QueryRow(t.Context(), "SELECT count() FROM file('/etc/passwd', 'LineAsString', 'line String')").Scan(&n)
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		t.Fatalf("user default without a password over TCP: %v, %d lines", err, n)
	}
}
