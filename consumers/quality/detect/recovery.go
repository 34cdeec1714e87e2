package detect

// Recovery is the downward detector: the Shiryaev-Roberts mixture against a rate that is still too high. A rate that stays
// at it or over it is taken for recovered once in RunLength observations at most, in the mean.
type Recovery struct {
	runLength float64
	minimum   int64
	down      mixture
}

// NewRecovery returns a detector of rates below the given one, on evidence of at least the given hundredths of observations.
func NewRecovery(below, runLength float64, minimum int64) *Recovery {
	return &Recovery{runLength: runLength, minimum: minimum, down: falling(below)}
}

// RecoveryState is a Recovery's state in one domain.
type RecoveryState struct {
	R   roberts `json:"r"`
	Run run     `json:"u"`
}

// Add counts observations in order of arrival, and returns the alarm that says that the domain recovered.
func (d *Recovery) Add(s *RecoveryState, m Minute) *Alarm {
	s.R.step(&d.down, m.Counts, 1)
	s.Run.step(d.down.small(), 0, minutes{m})
	statistic := s.R.value(&d.down)
	if statistic < d.runLength || s.Run.N < max(1, d.minimum) {
		return nil
	}
	u := s.Run
	return &Alarm{
		Minute: m.T, Start: u.Start, First: u.First, Counts: u.Counts, Statistic: statistic, Effect: 1,
		EValue: d.down.evidence(u.Counts, 1), Persists: true,
	}
}
