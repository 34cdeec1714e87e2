package simulate

import (
	"strconv"
	"time"

	"github.com/assayhq/assay/schemas"
)

// session is a person coding with suggestions, one after the other.
type session struct {
	place
	task      task
	extension string
	path      string
	file      string // its tokens
	pathToken string
	left      int // suggestions to come
	current   suggestion
}

// suggestion is what is on display.
type suggestion struct {
	id          string
	shown       int64
	chars       int32
	lines       int32
	reshowings  int // to come
	outcome     schemas.CodeKind
	decisionMs  int64
	code, start string
}

func newSession(w *world, at place, extension string) *session {
	s := &session{place: at, extension: extension, left: max(1, suggestionsPerSession.count(w.rng))}
	s.task = tasks[pick(w.rng, len(tasks), func(i int) float64 { return tasks[i].weight })]
	return s
}

func (s *session) step(w *world, now int64) (schemas.Event, int64) {
	c := &s.current
	switch {
	case c.id == "":
		s.suggest(w, now)
		return s.show(w, now), s.next(now)
	case c.reshowings > 0:
		c.reshowings--
		e := s.event(w, now, schemas.CodeSuggestionReshown)
		return e, s.next(now)
	case c.outcome == schemas.CodeUnknown: // another suggestion takes its place
		return nil, s.end(w, now)
	default:
		e := s.event(w, now, c.outcome)
		e.DecidedBy, e.DecisionMs = schemas.DecidedByHuman, schemas.Some(now-c.shown)
		if c.outcome == schemas.CodeSuggestionAccepted {
			e.AcceptedChars, e.AcceptedLines = e.Chars, e.Lines
			e.Sealed, e.SealKeyID = w.seal(&e.Envelope, schemas.Payload{Code: c.code, Prompt: c.start, Path: s.path})
			s.observeLater(w, now)
		}
		return e, s.end(w, now)
	}
}

// suggest draws the next suggestion and what will become of it.
func (s *session) suggest(w *world, now int64) {
	if s.file == "" || w.rng.Float64() < 0.1 {
		s.path = "src/" + s.task.folder + "/" + strconv.Itoa(w.rng.IntN(40)) + "." + s.extension
		s.file, s.pathToken = w.Keys.Token(w.Org, "file", s.repo+"/"+s.path), w.Keys.Token(w.Org, "path", s.path)
	}
	c := &s.current
	*c = suggestion{id: w.id(), shown: now, reshowings: reshowings.count(w.rng)}
	c.start, c.code = code(w.rng, s.language, max(1, suggestionChars.count(w.rng)))
	c.chars, c.lines = size(c.code)
	switch x := w.rng.Float64(); {
	case x < s.task.acceptance:
		c.outcome, c.decisionMs = schemas.CodeSuggestionAccepted, int64(acceptanceMs.draw(w.rng))
	case x < decidedShare:
		c.outcome, c.decisionMs = schemas.CodeSuggestionRejected, int64(rejectionMs.draw(w.rng))
	default:
		c.decisionMs = int64(rejectionMs.draw(w.rng))
	}
}

// next is when the current suggestion is shown again or decided: reshowings share the time evenly.
func (s *session) next(now int64) int64 {
	c := &s.current
	return now + max(1, (c.shown+c.decisionMs-now)/int64(c.reshowings+1))
}

// end is when the next suggestion follows.
func (s *session) end(w *world, now int64) int64 {
	s.current = suggestion{}
	if s.left--; s.left == 0 {
		return 0
	}
	return now + 1 + int64(pauseMs.draw(w.rng))
}

func (s *session) show(w *world, now int64) *schemas.CodeEvent {
	e := s.event(w, now, schemas.CodeSuggestionShown)
	e.LatencyMs = schemas.Some(int64(latencyMs.draw(w.rng)))
	e.Sealed, e.SealKeyID = w.seal(&e.Envelope, schemas.Payload{Code: s.current.code, Prompt: s.current.start, Path: s.path})
	return e
}

func (s *session) event(w *world, now int64, kind schemas.CodeKind) *schemas.CodeEvent {
	return &schemas.CodeEvent{
		Envelope: schemas.Envelope{EventID: w.id(), OccurredAt: time.UnixMilli(now).UTC(), Source: s.source, Org: w.Org, Environment: s.environment},
		Kind:     kind, FileID: s.file, SuggestionID: s.current.id, SessionID: s.session, ClientVersion: s.version,
		Model: s.model, ModelVersion: s.modelVersion, Feature: s.feature, Language: s.language, Task: s.task.name,
		UserToken: s.user, TeamToken: s.team, RepoToken: s.repo, PathToken: s.pathToken,
		Chars: schemas.Some(s.current.chars), Lines: schemas.Some(s.current.lines),
	}
}

// survivalAfter is when a client measures what is left of an accepted suggestion.
const survivalAfter = 600 * time.Second

// observation tells what is left of an accepted suggestion.
type observation struct{ event *schemas.CodeEvent }

func (s *session) observeLater(w *world, now int64) {
	o := s.event(w, now+survivalAfter.Milliseconds(), schemas.CodeSurvivalObserved)
	left := survivalKept
	if w.fails(Retention, s.client, s.language, s.current.shown) {
		left = survivalLost
	}
	o.CheckpointS, o.Survival = schemas.Some(int32(survivalAfter.Seconds())), schemas.Some(left.draw(w.rng))
	o.SurvivalMethod, o.Reported = "edit_distance", true
	w.schedule(o.OccurredAt.UnixMilli(), observation{o})
}

func (o observation) step(*world, int64) (schemas.Event, int64) { return o.event, 0 }
