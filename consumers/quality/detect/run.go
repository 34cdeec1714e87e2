package detect

// run is the newest run of minutes that speaks for a change: since its likeliest beginning, which is where the cumulative sum of
// log-likelihood ratios (Page 1954) of a smaller change was last 0.
type run struct {
	Start int64   `json:"s,omitempty"`
	First int64   `json:"f,omitempty"`
	Sum   float32 `json:"l,omitempty"`
	Counts
	Worst  Counts  `json:"w"`           // of its worst stretch of Blip minutes
	Excess float32 `json:"e,omitempty"` // log-likelihood ratio of Worst
}

// step adds the first of the given minutes; the others are those that follow it.
func (u *run) step(small *alternative, blip int64, next minutes) {
	m := next[0]
	sum := u.Sum + float32(small.ratio(m.Counts))
	if sum <= 0 {
		*u = run{}
		return
	}
	if u.Sum == 0 {
		u.Start, u.First = m.T, m.First
	}
	u.Sum, u.First = sum, min(u.First, m.First)
	u.Add(m.Counts)
	var stretch Counts
	for _, other := range next {
		if other.T >= m.T+blip {
			break
		}
		stretch.Add(other.Counts)
	}
	if excess := float32(small.ratio(stretch)); excess > u.Excess {
		u.Worst, u.Excess = stretch, excess
	}
}
