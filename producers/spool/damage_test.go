package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

func TestACutOffEntryGoes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	appendAll(t, s, "first", "second")
	path := segmentPath(dir, s.segments[0].id)
	closeSpool(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < frameHeader+len("second"); cut++ {
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, 1<<20)
		appendAll(t, s, "third")
		if got := drain(t, s); !slices.Equal(got, []string{"first", "third"}) {
			t.Errorf("%d bytes cut: %q", cut, got)
		}
		closeSpool(t, s)
		if err := os.Remove(s.cursorFile()); err != nil {
			t.Fatal(err)
		}
	}
}

// Wherever bytes of a segment are damaged: the entries beside them are given out, those that aren't stand in files aside, and
// what is counted is what stands there.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := filepath.Join(dir, fmt.Sprint(n))
		s := open(r, dir, 1<<30)
		var entries []string
		for i := range rapid.IntRange(1, 8).Draw(r, "entries") {
			entries = append(entries, fmt.Sprint(i, string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "content"))))
		}
		appendAll(t, s, entries...)
		path := segmentPath(dir, s.segments[0].id)
		closeSpool(t, s)
		content, err := os.ReadFile(path)
		if err != nil {
			r.Fatal(err)
		}
		touched := map[int]bool{} // entries that the damage hits
		from := rapid.IntRange(0, len(content)-1).Draw(r, "from")
		until := min(len(content), from+rapid.IntRange(1, 40).Draw(r, "length"))
		change := rapid.ByteRange(1, 255).Draw(r, "change")
		for at := from; at < until; at++ {
			content[at] ^= change
			for i, start := 0, 0; i < len(entries); i++ {
				end := start + frameHeader + len(entries[i])
				touched[i] = touched[i] || at >= start && at < end
				start = end
			}
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			r.Fatal(err)
		}
		registry := prometheus.NewRegistry()
		if s, err = Open(Config{Dir: dir, MaxBytes: 1 << 30, Logger: slog.New(slog.DiscardHandler), Registerer: registry}); err != nil {
			r.Fatal(err)
		}
		defer closeSpool(t, s)
		appendAll(t, s, "later")
		var want []string
		lost := 0
		for i, e := range entries {
			if touched[i] {
				lost += frameHeader + len(e)
			} else {
				want = append(want, e)
			}
		}
		if got := drain(t, s); !slices.Equal(got, append(want, "later")) {
			r.Errorf("got %.500q, want %.500q", got, want)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*damaged*"))
		aside := 0
		for _, path := range kept {
			text, _ := os.ReadFile(path)
			aside += len(text)
		}
		if counted := count(t, registry, "assay_spool_damaged_bytes_total"); aside != lost || counted != float64(lost) {
			r.Errorf("%d bytes of entries are damaged; %d are aside, %v counted", lost, aside, counted)
		}
	})
}

// In a segment of full size, of random bytes, the next whole entry is found at once.
func BenchmarkDamage(b *testing.B) {
	content := make([]byte, segmentBytes)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content)
	content = appendFrame(content, []byte("whole"))
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if n := damage(content); n != segmentBytes {
			b.Fatal(n)
		}
	}
}

// A cursor that the disk changed isn't believed: it would have segments removed that nobody got.
func TestADamagedCursor(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<30)
	appendAll(t, s, strings.Repeat("a", segmentBytes), "second")
	b, err := s.Next(t.Context(), 1)
	if err == nil {
		err = s.Delivered(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, s, "third")
	closeSpool(t, s)
	text, err := os.ReadFile(s.cursorFile())
	if err != nil {
		t.Fatal(err)
	}
	for _, changed := range []string{strings.Replace(string(text), `"segment":1`, `"segment":9`, 1), strings.Replace(string(text), `"segment":2`, `"segment":9`, 1), "", "{"} {
		if changed == string(text) {
			continue
		}
		if err := os.WriteFile(s.cursorFile(), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, 1<<30)
		b, err := s.Next(t.Context(), 1<<30)
		if n := len(b.Entries); err != nil || n < 2 || string(b.Entries[n-2]) != "second" || string(b.Entries[n-1]) != "third" {
			t.Errorf("cursor %s: %d entries, %v", changed, n, err)
		}
		closeSpool(t, s)
	}
}

// What never passes stands aside, once.
func TestSetAside(t *testing.T) {
	dir, registry := t.TempDir(), prometheus.NewRegistry()
	s, err := Open(Config{Dir: dir, MaxBytes: 1 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	defer closeSpool(t, s)
	for range 2 {
		if err := s.SetAside([]byte("refused"), errors.New("why")); err != nil {
			t.Fatal(err)
		}
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "refused-*"))
	if len(kept) != 1 {
		t.Fatalf("%q", kept)
	}
	if text, err := os.ReadFile(kept[0]); string(text) != "refused" {
		t.Errorf("%q %v", text, err)
	}
	if n := count(t, registry, "assay_spool_damaged_bytes_total"); n != float64(len("refused")) {
		t.Errorf("%v bytes counted", n)
	}
}
