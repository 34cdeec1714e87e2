package detect

import "math"

// Dispersion learns how far the failures of a domain come together: the intra-class correlation of blocks of minutes, by moments
// (as in Ridout, Demetrio and Firth 1999), for several lengths of block. It is learnt of every domain from its own past, from minutes that
// are final.
type Dispersion struct {
	Seen     past               `json:"s"`           // of finished blocks of the shortest length
	Finished int64              `json:"n,omitempty"` // how many those were
	Belief   float64            `json:"l,omitempty"` // log-likelihood of the prior correlation against none, by those blocks; at most 0
	Scales   [len(scales)]scale `json:"b"`
}

// past is how many observations there were, and how many failures among them, fading with age.
type past [2]float64

func (p *past) add(c Counts) {
	n, k := c.whole()
	p[0], p[1] = p[0]+n, p[1]+k
}

// past is everything that was learnt, the blocks in progress included.
func (d *Dispersion) past() past {
	p := d.Seen
	p.add(d.Scales[0].Open)
	return p
}

// scales are the lengths of blocks, in minutes, with the share of their design effect that counts. Where correlation
// lasts shorter than a block its length doesn't matter; longer lasting correlation shows in longer blocks alone,
// of which there are few. What the longest prove takes days
// to prove, and counts whole.
var scales = [...]struct {
	length int64
	share  float64
}{{15, 1}, {60, 0.6}, {240, 1}}

// scale is the block in progress and the sums over finished ones.
type scale struct {
	Block  int64   `json:"b,omitempty"` // number of the block in progress
	Open   Counts  `json:"o"`
	Excess float64 `json:"x"` // sum of (k - n p)^2 - n p q: 0 in the mean where observations are independent
	Pairs  float64 `json:"p"` // sum of n (n - 1) p q: the excess where all observations of a block agree
	Noise  float64 `json:"v"` // variance of the excess where observations are independent
}

const (
	// proof is how many standard errors an excess must have: observations count as independent until they are
	// shown not to be, since a domain would otherwise pay for chance with delay.
	proof = 6
	// prior is the correlation that a new domain is taken to have, and infancy the number of blocks of the shortest length in which
	// that fades to a third at the latest: until there is a past to judge by, what comes together counts as a burst. Where blocks
	// are large a few of them tell, see Belief.
	prior   = 0.07
	infancy = 30
	// telling is how many observations a block needs to speak about the prior: smaller ones tell bursts from chance too poorly.
	telling = 64
	// fading makes a block count half after some 1,400 later ones.
	fading = 1 - 1.0/2000
	// priorSize is how many observations the allowed rate counts in the estimate of a domain's own rate.
	priorSize = 20
)

// learn adds a final minute.
func (d *Dispersion) learn(m Minute, allowed float64) {
	p := (d.Seen[1] + priorSize*allowed) / (d.Seen[0] + priorSize)
	for i := range d.Scales {
		s := &d.Scales[i]
		if block := m.T / scales[i].length; block != s.Block {
			if i == 0 {
				n, k := s.Open.whole()
				d.Finished++
				d.Seen[0], d.Seen[1] = d.Seen[0]*fading+n, d.Seen[1]*fading+k
				d.believe(n, k, p)
			}
			s.finish(p)
			s.Block = block
		}
		s.Open.Add(m.Counts)
	}
}

// believe weighs the prior by a block: its squared deviation is nearly chi-squared, times the design effect. A change of the rate
// looks like correlation, so that one block speaks for it with at most what one could say against it.
func (d *Dispersion) believe(n, k, p float64) {
	if n < telling {
		return
	}
	deviation, effect := (k-n*p)*(k-n*p)/(n*p*(1-p)), 1+prior*(n-1)
	against := math.Log(effect) / 2
	d.Belief = min(0, d.Belief+min(deviation*(1-1/effect)/2-against, against))
}

func (s *scale) finish(p float64) {
	n, k := s.Open.whole()
	pq, off := p*(1-p), k-n*p
	s.Excess = s.Excess*fading + off*off - n*pq
	s.Pairs = s.Pairs*fading + n*max(0, n-1)*pq
	s.Noise = s.Noise*fading + 2*n*n*pq*pq + n*pq*max(0, 1-6*pq) // variance of a binomial's squared deviation
	s.Open = Counts{}
}

// correlation is what is proven of the intra-class correlation.
func (s *scale) correlation() float64 {
	if s.Pairs <= 0 {
		return 0
	}
	return min(1, max(0, (s.Excess-proof*math.Sqrt(s.Noise))/s.Pairs))
}

// volume is how many observations there were lately, at each scale.
type volume [len(scales)]float64

func (v *volume) step(elapsed int64, c Counts) {
	n, _ := c.whole()
	for i := range v {
		v[i] = v[i]*math.Exp(-float64(elapsed)/float64(scales[i].length)) + n
	}
}

// effect is the design effect at that volume: how many observations are worth as much as one independent one.
func (d *Dispersion) effect(v *volume) float64 {
	effect := 1 + prior*math.Exp(d.Belief-float64(d.Finished)/infancy)*max(0, v[0]-1)
	for i := range d.Scales {
		if rho := d.Scales[i].correlation(); rho > 0 {
			effect = max(effect, 1+scales[i].share*rho*max(0, v[i]-1))
		}
	}
	return effect
}
