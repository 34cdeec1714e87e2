package lag

import (
	"slices"
	"time"
)

// Status is the verdict on one partition of a group, over a window of samples.
type Status string

// The verdicts of Burrow. Each but OK has its cause: the service is too slow, does not get on, is not there, or went back.
const (
	OK     Status = "OK"
	Warn   Status = "WARN"   // the position advances, but the lag never shrinks
	Stall  Status = "STALL"  // the partition has an owner, and its position does not move
	Stop   Status = "STOP"   // nobody reads the partition
	Rewind Status = "REWIND" // the position went back
)

// Sample is what a group's state on a partition was at one moment.
type Sample struct {
	At         time.Time
	Start, End int64  // of the log
	Committed  int64  // -1 without a commit
	Metadata   string // beside the commit
	Owned      bool   // a member of the group is assigned to the partition
}

// next is the offset that the group reads next.
func (s Sample) next() int64 { return max(s.Committed, s.Start) }

func (s Sample) lag() int64 { return max(0, s.End-s.next()) }

// Evaluate judges samples in the order of time, the last of which is now, by the rules of Burrow
// (https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules), in the order in which Burrow applies them:
//
//  1. A lag of zero anywhere in the window is OK.
//  2. A position that decreases is REWIND.
//  3. When the last sign of life is longer ago than the time between the first and the last one, it is STOP.
//  4. A position that never changes is STALL.
//  5. A lag that never decreases, while the position advances, is WARN.
//
// Two things differ. Burrow reads the commits themselves, and a living consumer commits on a timer; Assay's services
// commit when they have done something, and what is sampled is positions. So a sign of life is a sample with an owner, or
// with another commit than the sample before. And settled says whether the verdict stands: REWIND and rule 1 do at once;
// the others wait until the samples span the window, until then it is OK.
func Evaluate(samples []Sample, window time.Duration) (status Status, settled bool) {
	if len(samples) == 0 {
		return OK, false
	}
	if slices.ContainsFunc(samples, func(s Sample) bool { return s.lag() == 0 }) {
		return OK, true
	}
	if rewound(samples) {
		return Rewind, true
	}
	first, last := samples[0], samples[len(samples)-1]
	switch {
	case last.At.Sub(first.At) < window:
		return OK, false
	case stopped(samples):
		return Stop, true
	case first.next() == last.next():
		return Stall, true
	case !shrinks(samples):
		return Warn, true
	}
	return OK, true
}

// rewound compares commits: a position that retention moved never goes back.
func rewound(samples []Sample) bool {
	return anyPair(samples, func(before, after Sample) bool { return after.Committed < before.Committed })
}

func stopped(samples []Sample) bool {
	var signs []time.Time
	for i, s := range samples {
		if s.Owned || i > 0 && (s.Committed != samples[i-1].Committed || s.Metadata != samples[i-1].Metadata) {
			signs = append(signs, s.At)
		}
	}
	if len(signs) == 0 {
		return true
	}
	first, last, now := signs[0], signs[len(signs)-1], samples[len(samples)-1].At
	return now.Sub(last) > last.Sub(first)
}

func shrinks(samples []Sample) bool {
	return anyPair(samples, func(before, after Sample) bool { return after.lag() < before.lag() })
}

func anyPair(samples []Sample, is func(before, after Sample) bool) bool {
	for i := 1; i < len(samples); i++ {
		if is(samples[i-1], samples[i]) {
			return true
		}
	}
	return false
}
