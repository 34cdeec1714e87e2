package detect

import (
	"cmp"
	"slices"
)

// Settings of an EDetector; times in minutes.
type Settings struct {
	Allowed   float64 // failure rate that is no reason to fire
	RunLength float64 // lower bound of the mean number of observations between false alarms (ARL), if independent
	Lateness  int64   // how much older than the newest minute an observation may be and still count in its own minute
	Minimum   int64   // observations that evidence needs, in hundredths
	Blip      int64   // what is bad for so long at most doesn't persist
}

// EDetector is the Shiryaev-Roberts mixture e-detector over minutes, tempered by the domain's dispersion: log-likelihood
// ratios are divided by the design effect that the domain's past proves. Tempering keeps the bound on false alarms of
// independent observations, since it is decided by the past alone, and makes bursts count as the few observations they are worth.
type EDetector struct {
	Settings
	up mixture
}

// New returns a detector.
func New(s Settings) *EDetector { return &EDetector{Settings: s, up: rising(s.Allowed)} }

// State of an EDetector in one domain, as JSON some 600 bytes. Minutes before Base are in the sums; those from it on are open, so that
// late observations change their likelihood.
type State struct {
	Base        int64      `json:"b"`
	Clock       int64      `json:"c"`           // newest minute
	Decided     int64      `json:"d"`           // newest minute that a decision was made on
	Settle      int64      `json:"l,omitempty"` // lateness seen so far, at most the bound: what is younger isn't decided on yet
	Rest        int64      `json:"q,omitempty"` // minutes before it are no evidence
	Overtaken   bool       `json:"a,omitempty"` // a minute that was decided on has grown since
	Provisional bool       `json:"p,omitempty"` // an alarm was given on evidence that doesn't persist
	Open        minutes    `json:"o,omitempty"`
	R           roberts    `json:"r"`
	Run         run        `json:"u"`
	Past        past       `json:"k"` // before Run began, where that is in the sums
	Dispersion  Dispersion `json:"x"`
	Volume      volume     `json:"v"`
	Last        int64      `json:"t"` // newest minute in Volume
}

// Alarm is the detector's decision on a minute.
type Alarm struct {
	Minute    int64   // minute whose observations decided
	Start     int64   // first minute of the evidence: the likeliest beginning of the change
	First     int64   // lowest offset of the evidence
	Counts            // of the evidence
	Statistic float64 // Shiryaev-Roberts, at least RunLength
	EValue    float64 // of Counts, see EDetector.Evidence
	Effect    float64 // design effect
	Persists  bool    // the evidence doesn't rest on one stretch of Blip minutes
	Before    past    // what was observed before the evidence, faded with age
}

// keep is for how many minutes a minute stays open.
func (d *EDetector) keep() int64 { return max(d.Lateness, d.Blip) }

// persistence is the e-value that the evidence must have without its worst stretch of Blip minutes.
const persistence = 20

// Evidence is the e-value of counts: the mixture's likelihood ratio, tempered by the design effect.
func (d *EDetector) Evidence(c Counts, effect float64) float64 { return d.up.evidence(c, 1/effect) }

// before is the domain's past until the evidence begins.
func (s *State) before(start int64) past {
	if start < s.Base {
		return s.Past
	}
	p := s.Dispersion.past()
	for _, m := range s.Open {
		if m.T < start {
			p.add(m.Counts)
		}
	}
	return p
}

// Add counts observations of a minute. What is older than Lateness counts as of the oldest open minute, except where it
// is before the end of a rest, which was decided on: it reports false where it didn't count.
func (d *EDetector) Add(s *State, m Minute) bool {
	if s.Base == 0 && s.Clock == 0 {
		s.Base, s.Decided, s.Last, s.Clock = m.T-d.keep(), m.T-d.keep(), m.T, m.T
	}
	s.Clock = max(s.Clock, m.T)
	s.Settle = max(s.Settle, min(s.Clock-m.T, d.Lateness))
	if m.T < s.Base {
		if m.T < s.Rest {
			return false
		}
		m.T = s.Base
	}
	s.Overtaken = s.Overtaken || m.T < s.Decided
	s.Open.add(m)
	return true
}

// Next returns the next alarm among the minutes that are due, nil when none of them gives one. After an alarm that doesn't
// persist the evidence grows on, and the next alarm is one that does; Reset starts afresh. A domain whose
// observations came in order so far is decided on at once; another waits for as long as its latest observation was late, so
// that decisions follow from what is in the minutes and not from the order of arrival.
func (d *EDetector) Next(s *State) *Alarm {
	if s.Overtaken { // where partitions are read at different speeds, nothing newer may come for long
		s.Overtaken = false
		last, _ := slices.BinarySearchFunc(s.Open, s.Decided+1, func(m Minute, t int64) int { return cmp.Compare(m.T, t) })
		if alarm := d.decide(s, last-1); alarm != nil {
			return alarm
		}
	}
	for i := 0; ; {
		for i < len(s.Open) && s.Open[i].T <= s.Decided && !(s.Settle == 0 && s.Open[i].T == s.Clock) {
			i++
		}
		if i == len(s.Open) {
			return nil
		}
		t := s.Open[i].T
		if s.Settle > 0 && t >= s.Clock-s.Settle {
			return nil
		}
		s.Decided = t
		i -= d.seal(s, t-d.keep())
		if alarm := d.decide(s, i); alarm != nil {
			return alarm
		}
		i++
	}
}

// seal moves the minutes before the given one into the sums, and returns how many.
func (d *EDetector) seal(s *State, before int64) int {
	if before <= s.Base {
		return 0
	}
	n := 0
	for n < len(s.Open) && s.Open[n].T < before {
		m := s.Open[n]
		s.Volume.step(m.T-s.Last, m.Counts)
		if m.T >= s.Rest {
			s.R.step(&d.up, m.Counts, 1/s.Dispersion.effect(&s.Volume))
			resting := s.Run.Sum == 0
			if s.Run.step(d.up.small(), d.Blip, s.Open[n:]); resting && s.Run.Sum > 0 {
				s.Past = s.Dispersion.past()
			}
		}
		s.Dispersion.learn(m, d.Allowed)
		s.Last = m.T
		n++
	}
	s.Base = before
	if n > 0 {
		s.Open = slices.Delete(s.Open, 0, n)
	}
	return n
}

// decide follows the evidence through the open minutes up to the i-th.
func (d *EDetector) decide(s *State, i int) *Alarm {
	if s.Open[i].T < s.Rest {
		return nil
	}
	r, volume, last, effect := s.R, s.Volume, s.Last, 1.0
	for j := range i + 1 {
		m := s.Open[j]
		volume.step(m.T-last, m.Counts)
		last = m.T
		effect = s.Dispersion.effect(&volume)
		if m.T >= s.Rest {
			r.step(&d.up, m.Counts, 1/effect)
		}
	}
	statistic := r.value(&d.up)
	if statistic < d.RunLength {
		return nil
	}
	u := s.Run
	for j := range i + 1 {
		if s.Open[j].T >= s.Rest {
			u.step(d.up.small(), d.Blip, s.Open[j:i+1])
		}
	}
	if u.N < d.Minimum {
		return nil
	}
	persists := d.Evidence(u.Minus(u.Worst), effect) >= persistence
	if s.Provisional && !persists {
		return nil
	}
	s.Provisional = !persists
	return &Alarm{
		Minute: s.Open[i].T, Start: u.Start, First: u.First, Counts: u.Counts, Statistic: statistic, Effect: effect,
		EValue: d.Evidence(u.Counts, effect), Persists: persists, Before: s.before(u.Start),
	}
}

// Reset forgets the evidence: minutes before the given one are none any more.
func (d *EDetector) Reset(s *State, until int64) {
	s.R, s.Run, s.Provisional, s.Rest = roberts{}, run{}, false, max(s.Rest, until)
}
