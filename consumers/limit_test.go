package consumers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/topology"
)

func TestLetterLimit(t *testing.T) {
	// A pattern of good (.) and bad (x) records, repeated; want is how many records pass before the halt, -1 for all.
	for name, c := range map[string]struct {
		inARow  int
		pattern string
		records int
		want    int
	}{
		"all good":          {10, ".", 20000, -1},
		"all bad":           {10, "x", 20000, 9},
		"no limit":          {0, "x", 20000, -1},
		"runs below":        {10, "xxxxxxxxx...........", 20000, -1},
		"too large a share": {10, "xx.", 20000, letterSample - 1},
		"half is no more":   {10, "x.", 20000, -1},
	} {
		l, halted := letterLimit{inARow: c.inARow}, -1
		for i := 0; i < c.records && halted < 0; i++ {
			if c.pattern[i%len(c.pattern)] == '.' {
				l.used()
			} else if err := l.letter(); errors.Is(err, errHalted) {
				halted = i
			}
		}
		// A share is noticed at a dead letter, of which the pattern may have the next one later.
		if halted != c.want && (c.want < letterSample-1 || halted < c.want || halted > c.want+len(c.pattern)) {
			t.Errorf("%s: halted at %d, want %d", name, halted, c.want)
		}
	}
}

func TestAPartitionFullOfGarbageHalts(t *testing.T) {
	b := newBench(t, echoService)
	b.publish(prompts(50)...)
	garbage := make([][]byte, 30)
	for i := range garbage {
		garbage[i] = fmt.Append(nil, "garbage ", i)
	}
	b.send("assistant.chat", garbage...)
	limited := b.config.Tuning
	limited.DeadLetterLimit = 20
	stop := b.start(echoService, limited)
	halted := func() bool {
		families, err := b.config.Registerer.(prometheus.Gatherer).Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if strings.HasSuffix(f.GetName(), "_halted") && len(f.GetMetric()) == 1 && f.GetMetric()[0].GetGauge().GetValue() == 1 {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(30 * time.Second); !halted(); time.Sleep(10 * time.Millisecond) { // between polls
		if time.Now().After(deadline) {
			t.Fatal("the partition goes on")
		}
	}
	lags, err := topology.Lag(t.Context(), b.client, echoService.Group(), "assistant.chat")
	if err != nil {
		t.Fatal(err)
	}
	if lags[0].Records < 30 {
		t.Errorf("only %d records wait on the halted partition, the garbage among them was committed", lags[0].Records)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.untilDrained(echoService) // with the usual limit, which lets this much pass
	if letters := b.read(topology.DeadLetters); len(letters) != 30 {
		t.Errorf("%d dead letters, want 30", len(letters))
	}
}
