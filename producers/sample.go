package producers

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/assayhq/assay/schemas"
)

// Sampler thins out what a client sends, session by session: of a session all events stay or none, whichever process or
// machine decides, so that funnels and rework stay whole. What stays says how many it stands for (sample_weight), by which
// counts, rates and sums in ClickHouse stay unbiased (Horvitz and Thompson, 1952, doi:10.1080/01621459.1952.10483446).
type Sampler struct {
	share float64
	below uint64 // hashes of what stays
}

// NewSampler returns a sampler that keeps a share of sessions, over 0 and at most 1.
func NewSampler(share float64) (Sampler, error) {
	if !(share > 0 && share <= 1) {
		return Sampler{}, fmt.Errorf("a sampler keeps a share over 0 and at most 1, not %v", share)
	}
	return Sampler{share, uint64(share * (1 << 53))}, nil
}

// Keep reports whether to publish the event, and sets its weight; a weight that it has already is multiplied. An event without
// a session is judged by its key: its file, conversation or change. Events that have no weight always stay.
func (s Sampler) Keep(e schemas.Event) bool {
	var session string
	var weight *schemas.Opt[float64]
	switch e := e.(type) {
	case *schemas.CodeEvent:
		session, weight = e.SessionID, &e.SampleWeight
	case *schemas.ChatEvent:
		session, weight = e.SessionID, &e.SampleWeight
	case *schemas.ChangeEvent:
		session, weight = e.SessionID, &e.SampleWeight
	default:
		return true
	}
	if session == "" {
		session = e.Key()
	}
	hash := sha256.Sum256([]byte(e.Env().Org + "\x00" + session))
	if binary.BigEndian.Uint64(hash[:])>>11 >= s.below {
		return false
	}
	if w := weight.Or(1) / s.share; w != 1 && !math.IsInf(w, 0) {
		*weight = schemas.Some(w)
	}
	return true
}
