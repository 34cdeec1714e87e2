package promotion

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assayhq/assay/consumers/promotion/paired"
	"github.com/assayhq/assay/schemas"
)

const (
	// maxTasks is how many tasks the undecided runs of one candidate may have between them: a changelog entry holds 8 bytes each,
	// and brokers refuse messages over 1 MB.
	maxTasks = 50_000
	// maxOpen is how many undecided runs a candidate may have.
	maxOpen = 32
	// maxLanguages is how many languages a run tells apart; later ones count together.
	maxLanguages = 64
	// maxDone is how many decided runs of a candidate are remembered, the latest.
	maxDone = 256
)

// State is what is kept of a candidate: its undecided runs, and which were decided. It follows from the sequence of inputs and
// policies alone, and is the same after a round trip through JSON.
type State struct {
	Open map[string]*run `json:"r,omitempty"` // by runKey
	Done []string        `json:"d,omitempty"` // runKeys, the latest last
}

// run is one evaluation.
type run struct {
	Baseline  string                   `json:"b,omitempty"`
	Domain    string                   `json:"d,omitempty"`
	Episode   string                   `json:"e,omitempty"`
	Planned   int                      `json:"p,omitempty"` // 0: not announced
	Seen      tasks                    `json:"s,omitempty"`
	Repeats   int                      `json:"x,omitempty"` // results of tasks that had one
	All       paired.Table             `json:"a"`
	Languages map[string]*paired.Table `json:"l,omitempty"`
	Findings  findings                 `json:"f"`
	Awaiting  *verdict                 `json:"w,omitempty"` // the win that awaits approval
}

// findings compares the answers' high-severity findings, by task.
type findings struct {
	Tasks int `json:"n,omitempty"` // with both counts
	More  int `json:"m,omitempty"` // the candidate's answer has more
	Fewer int `json:"l,omitempty"`
}

// runKey names a run: organisations and environments share models.
func runKey(e *schemas.EvalEvent) string {
	return schemas.DerivedID(Name, e.Org, string(e.Environment), e.ModelID, e.RunID)
}

func (s *State) done(key string) bool { return slices.Contains(s.Done, key) }

// conclude forgets the run but for its having been decided.
func (s *State) conclude(key string) {
	delete(s.Open, key)
	if len(s.Done) == maxDone {
		s.Done = slices.Delete(s.Done, 0, 1)
	}
	s.Done = append(s.Done, key)
}

// results is how many task results all open runs hold.
func (s *State) results() (n int) {
	for _, r := range s.Open {
		n += len(r.Seen)
	}
	return n
}

// add counts a task that the run hasn't seen.
func (r *run) add(e *schemas.EvalEvent) {
	candidate, baseline := e.CandidatePassed.Value, e.BaselinePassed.Value
	r.All.Add(candidate, baseline)
	if e.Language != "" {
		language := e.Language
		if r.Languages == nil {
			r.Languages = map[string]*paired.Table{}
		}
		if r.Languages[language] == nil && len(r.Languages) >= maxLanguages {
			language = "other"
		}
		if r.Languages[language] == nil {
			r.Languages[language] = new(paired.Table)
		}
		r.Languages[language].Add(candidate, baseline)
	}
	if f, g := e.CandidateFindings, e.BaselineFindings; f.Set && g.Set {
		r.Findings.Tasks++
		switch {
		case f.Value > g.Value:
			r.Findings.More++
		case f.Value < g.Value:
			r.Findings.Fewer++
		}
	}
}

// tasks are the hashes of the tasks that have a result, in order.
type tasks []uint64

// taskHash names a task in 8 bytes: of 50,000, two are taken for one with probability 1e-10.
func taskHash(id string) uint64 {
	raw, err := base64.RawURLEncoding.DecodeString(schemas.DerivedID(Name, "task", id))
	if err != nil {
		panic(err) // DerivedID is base64
	}
	return binary.BigEndian.Uint64(raw)
}

// insert reports whether the task is new.
func (t *tasks) insert(id string) bool {
	i, found := slices.BinarySearch(*t, taskHash(id))
	if !found {
		*t = slices.Insert(*t, i, taskHash(id))
	}
	return !found
}

// MarshalJSON writes 8 bytes a task, in base64.
func (t tasks) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 8*len(t))
	for _, h := range t {
		raw = binary.BigEndian.AppendUint64(raw, h)
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *tasks) UnmarshalJSON(text []byte) error {
	var raw []byte
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("read tasks: %w", err)
	}
	if len(raw)%8 != 0 {
		return fmt.Errorf("read tasks: %d bytes aren't whole hashes of 8", len(raw))
	}
	*t = make(tasks, 0, len(raw)/8)
	for h := range slices.Chunk(raw, 8) {
		*t = append(*t, binary.BigEndian.Uint64(h))
	}
	return nil
}
