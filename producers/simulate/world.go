package simulate

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/assayhq/assay/schemas"
)

// client is one feature of one client with the model behind it. Weights are shares of arrivals of its kind.
type client struct {
	source, version      string
	model, modelVersion  string
	feature              string
	weight               float64
	environmentOfTesters schemas.Environment // where its canary users are
}

var editors = []client{
	{"copilot", "1.372.0", "gpt-4.1", "2025-04-14", "inline_completion", 0.45, schemas.EnvironmentCanary},
	{"claude_code", "2.0.31", "claude-sonnet-4-5", "20250929", "agent_edit", 0.25, schemas.EnvironmentDogfood},
	{"tabby", "0.31.2", "starcoder2-7b", "", "inline_completion", 0.18, schemas.EnvironmentCanary},
	{"continue", "1.3.4", "qwen2.5-coder-14b", "", "inline_completion", 0.12, schemas.EnvironmentDogfood},
}

var chats = []client{
	{"copilot", "1.372.0", "gpt-4.1", "2025-04-14", "chat", 0.40, schemas.EnvironmentCanary},
	{"claude_code", "2.0.31", "claude-sonnet-4-5", "20250929", "chat", 0.25, schemas.EnvironmentDogfood},
	{"copilot", "1.372.0", "gpt-4.1", "2025-04-14", "code_summary", 0.15, schemas.EnvironmentCanary},
	{"gitlab_duo", "18.5.1", "claude-sonnet-4-5", "20250929", "merge_explanation", 0.10, schemas.EnvironmentDogfood},
	{"continue", "1.3.4", "qwen2.5-coder-14b", "", "script", 0.10, schemas.EnvironmentDogfood},
}

var languages = []struct {
	name, extension string
	weight          float64
}{
	{"python", "py", 0.35}, {"typescript", "ts", 0.30}, {"go", "go", 0.15}, {"java", "java", 0.15}, {"rust", "rs", 0.05},
}

// pick draws an index by weights that sum to 1.
func pick(rng *rand.Rand, n int, weight func(int) float64) int {
	x := rng.Float64()
	for i := range n - 1 {
		if x -= weight(i); x < 0 {
			return i
		}
	}
	return n - 1
}

const (
	people, teams = 240, 20
	editorShare   = 0.1  // of arrivals; a coding session has many more events than a conversation
	testers       = 0.05 // share of sessions outside production
	ratedShare    = 0.2  // of replies
)

// person uses assistants.
type person struct{ user, team, repo string }

func newPeople(w *world) []person {
	all := make([]person, people)
	for i := range all {
		team := strconv.Itoa(i % teams)
		all[i] = person{
			w.Keys.Token(w.Org, "user", "simulated user "+strconv.Itoa(i)),
			w.Keys.Token(w.Org, "team", "simulated team "+team),
			w.Keys.Token(w.Org, "repo", "simulated repository "+team),
		}
	}
	return all
}

// arrivals has people begin sessions and conversations, one every so many milliseconds on average.
type arrivals struct{ every float64 }

func (a *arrivals) step(w *world, now int64) (schemas.Event, int64) {
	who := w.people[w.rng.IntN(len(w.people))]
	lang := languages[pick(w.rng, len(languages), func(i int) float64 { return languages[i].weight })]
	at := place{person: who, language: lang.name, session: w.Keys.Token(w.Org, "session", w.id()), environment: schemas.EnvironmentProduction}
	if w.rng.Float64() < editorShare {
		at.client = &editors[pick(w.rng, len(editors), func(i int) float64 { return editors[i].weight })]
		at.tested(w)
		w.schedule(now, newSession(w, at, lang.extension))
	} else {
		at.client = &chats[pick(w.rng, len(chats), func(i int) float64 { return chats[i].weight })]
		at.tested(w)
		w.schedule(now, newConversation(w, at))
	}
	return nil, now + 1 + int64(w.rng.ExpFloat64()*a.every)
}

// place is where events of one session come from.
type place struct {
	*client
	person
	language, session string
	environment       schemas.Environment
}

func (p *place) tested(w *world) {
	if w.rng.Float64() < testers {
		p.environment = p.environmentOfTesters
	}
}

// seal puts a payload into an event.
func (w *world) seal(env *schemas.Envelope, p schemas.Payload) (sealed []byte, keyID string) {
	sealed, keyID, err := w.Keys.Seal(env.Org, env.OccurredAt, p.Marshal(), []byte(env.EventID))
	if err != nil {
		w.err = fmt.Errorf("simulate: %w", err)
	}
	return sealed, keyID
}

// eventsPerArrival is the mean number of events that an arrival leads to.
func eventsPerArrival() float64 {
	rate := 0.0
	for _, task := range tasks {
		rate += task.weight * task.acceptance
	}
	// shown, reshown, an outcome mostly, and the survival of what was accepted
	suggestion := 1 + reshowings.mean() + decidedShare + rate
	exchange := 2 + copiedShare + ratedShare
	return editorShare*suggestionsPerSession.mean()*suggestion + (1-editorShare)*exchangesPerConversation.mean()*exchange
}
