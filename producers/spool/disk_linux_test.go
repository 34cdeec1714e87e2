package spool

import (
	"errors"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A disk without room, here a limit on the size of files, is told to who appends, and what is on it stays readable.
func TestTheDiskIsFull(t *testing.T) {
	s := open(t, t.TempDir(), 1<<30)
	defer closeSpool(t, s)
	appendAll(t, s, "first")
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	limit := before
	limit.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err := s.Append(t.Context(), []byte(strings.Repeat("x", 200))) // a part of it is written
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); e != nil {
		t.Fatal(e)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v", err)
	}
	appendAll(t, s, "second")
	if got := drain(t, s); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("got %q", got)
	}
}
