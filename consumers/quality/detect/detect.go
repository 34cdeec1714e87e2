// Package detect holds the statistics of service quality: pure, incremental change detectors over the failures k among n
// observations of event-time minutes. They know neither rules, events, JSON of triggers nor any clock: the newest minute
// they were given is the time. They must not depend on the order in which the observations of open minutes arrive.
package detect

// Unit is the count of one whole observation: counts are in hundredths, so that sums of weights are exact.
const Unit = 100

// Counts are observations and failures among them, in hundredths.
type Counts struct {
	N int64 `json:"n,omitempty"`
	K int64 `json:"k,omitempty"`
}

// Add adds.
func (c *Counts) Add(other Counts) {
	c.N += other.N
	c.K += other.K
}

// Minus returns the difference.
func (c Counts) Minus(other Counts) Counts { return Counts{c.N - other.N, c.K - other.K} }

// Rate of failures; 0 where nothing was observed.
func (c Counts) Rate() float64 {
	if c.N == 0 {
		return 0
	}
	return float64(c.K) / float64(c.N)
}

// whole returns the counts in observations.
func (c Counts) whole() (n, k float64) { return float64(c.N) / Unit, float64(c.K) / Unit }

// Minute is what was observed in one minute of event time.
type Minute struct {
	Counts
	T     int64 // minutes since any fixed instant
	First int64 // lowest offset of its observations
}
