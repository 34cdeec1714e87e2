package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

func open(t interface {
	Helper()
	Fatal(...any)
}, dir string, max int64) *Spool {
	t.Helper()
	s, err := Open(Config{Dir: dir, MaxBytes: max, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func appendAll(t *testing.T, s *Spool, entries ...string) {
	t.Helper()
	for _, e := range entries {
		if err := s.Append(t.Context(), []byte(e)); err != nil {
			t.Fatal(err)
		}
	}
}

// drain delivers everything there is.
func drain(t *testing.T, s *Spool) (got []string) {
	t.Helper()
	for s.Pending() > 0 {
		b, err := s.Next(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Entries {
			got = append(got, string(e))
		}
		if err := s.Delivered(b); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

// count is what a counter stands at.
func count(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func closeSpool(t *testing.T, s *Spool) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever is appended and delivered, and however often the process ends in between, entries come out once and in order.
func TestProperty(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := filepath.Join(dir, fmt.Sprint(n))
		s := open(r, dir, 1<<20)
		defer func() { _ = s.Close() }()
		var waiting []string
		next := 0
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				entry := fmt.Sprint(next, strings.Repeat("x", rapid.IntRange(0, 50).Draw(r, "size")))
				next++
				if err := s.Append(t.Context(), []byte(entry)); err != nil {
					r.Fatal(err)
				}
				waiting = append(waiting, entry)
			},
			"deliver": func(r *rapid.T) {
				if len(waiting) == 0 {
					return
				}
				b, err := s.Next(t.Context(), rapid.IntRange(1, 200).Draw(r, "bytes"))
				if err != nil {
					r.Fatal(err)
				}
				for i, e := range b.Entries {
					if string(e) != waiting[i] {
						r.Fatalf("got %q, want %q", e, waiting[i])
					}
				}
				if rapid.Bool().Draw(r, "delivered") {
					if err := s.Delivered(b); err != nil {
						r.Fatal(err)
					}
					waiting = waiting[len(b.Entries):]
				}
			},
			"restart": func(r *rapid.T) {
				if err := s.Close(); err != nil {
					r.Fatal(err)
				}
				s = open(r, dir, 1<<20)
			},
			"": func(r *rapid.T) {
				if (s.Pending() == 0) != (len(waiting) == 0) {
					r.Fatalf("%d bytes pending, %d entries wait", s.Pending(), len(waiting))
				}
			},
		})
	})
}

func TestManyWritersAndSegments(t *testing.T) {
	s := open(t, t.TempDir(), 1<<30)
	defer closeSpool(t, s)
	const writers, each = 8, 30
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				entry := append([]byte(fmt.Sprintf("%d/%03d/", w, i)), bytes.Repeat([]byte{1}, 200<<10)...)
				if err := s.Append(t.Context(), entry); err != nil {
					t.Error(err)
				}
			}
		})
	}
	last := map[byte]string{}
	for got := 0; got < writers*each; {
		b, err := s.Next(t.Context(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Entries {
			if name := string(e[:5]); name <= last[e[0]] {
				t.Errorf("%s after %s", name, last[e[0]])
			} else {
				last[e[0]] = name
			}
		}
		got += len(b.Entries)
		if err := s.Delivered(b); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if files, _ := filepath.Glob(filepath.Join(s.dir, "*"+ending)); len(files) > 0 || s.used != 0 {
		t.Errorf("everything is delivered and %v stays, %d bytes", files, s.used)
	}
}

func TestFull(t *testing.T) {
	s := open(t, t.TempDir(), 100)
	defer closeSpool(t, s)
	appendAll(t, s, strings.Repeat("a", 80))
	if err := s.Append(t.Context(), []byte("this does not fit")); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := drain(t, s); len(got) != 1 {
		t.Errorf("%d entries", len(got))
	}
	appendAll(t, s, strings.Repeat("b", 80)) // there is room again
	if err := s.Append(t.Context(), nil); err == nil || errors.Is(err, ErrFull) {
		t.Errorf("an empty entry: %v", err)
	}
}

func TestDrained(t *testing.T) {
	s := open(t, t.TempDir(), 1<<20)
	appendAll(t, s, "first")
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Drained(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	drained := make(chan error)
	go func() { drained <- s.Drained(t.Context()) }()
	drain(t, s)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	appendAll(t, s, "second")
	go func() { drained <- s.Drained(t.Context()) }()
	closeSpool(t, s)
	if err := <-drained; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	if _, err := Open(Config{Dir: dir, MaxBytes: 1, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()}); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	closeSpool(t, s)
	if err := s.Append(t.Context(), []byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Next(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	s := open(b, b.TempDir(), 1<<40)
	defer s.Close()
	entry := make([]byte, 50<<10) // a request of 100 events
	b.SetBytes(int64(len(entry)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Append(b.Context(), entry); err != nil {
				b.Fatal(err)
			}
		}
	})
}
