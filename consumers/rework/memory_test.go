package rework

import (
	"encoding/json"
	"runtime"
	"testing"

	"github.com/assayhq/assay/schemas/sketch"
)

// TestMemoryOfALiveSuggestion: at most 1 KB for 20 lines, on the heap and in the changelog, the file's lines aside.
func TestMemoryOfALiveSuggestion(t *testing.T) {
	whole := bigFile()
	raw, err := json.Marshal(liveState(t, &whole))
	if err != nil {
		t.Fatal(err)
	}
	alone := State{File: File{Version: versionOf(&whole), Seen: true}}
	file, err := json.Marshal(alone)
	if err != nil {
		t.Fatal(err)
	}
	if each := (len(raw) - len(file)) / liveCount; each > 1024 {
		t.Errorf("%d bytes in the changelog", each)
	}
	const copies = 40
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	measure := func(text []byte) float64 {
		states := make([]*State, copies)
		before := heap()
		for i := range states {
			states[i] = new(State)
			if err := json.Unmarshal(text, states[i]); err != nil {
				t.Fatal(err)
			}
		}
		after := heap()
		runtime.KeepAlive(states)
		return float64(after-before) / copies
	}
	each := (measure(raw) - measure(file)) / liveCount
	t.Logf("%.0f bytes on the heap, %d in the changelog; the file's %d lines %d", each, (len(raw)-len(file))/liveCount, fileLines, len(file))
	if each > 1024 {
		t.Errorf("%.0f bytes on the heap", each)
	}
	runtime.KeepAlive([]sketch.Sketch{whole})
}
