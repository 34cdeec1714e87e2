package simulate

import (
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

var start = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

func params(t testing.TB, events int) Params {
	t.Helper()
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	return Params{Seed: 1, Events: events, Start: start, Rate: 20, Org: "acme", Keys: keys}
}

func generate(t testing.TB, p Params) []schemas.Event {
	t.Helper()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	var events []schemas.Event
	for e, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func TestEventsAreValidOrderedAndUnique(t *testing.T) {
	p := params(t, 30_000)
	events := generate(t, p)
	if len(events) != p.Events {
		t.Fatalf("%d events", len(events))
	}
	ids, last := map[string]bool{}, start
	open := map[string]bool{} // suggestions on display
	for _, e := range events {
		if err := producers.Validate(e); err != nil {
			t.Fatal(err)
		}
		if at := e.Env().OccurredAt; at.Before(last) {
			t.Fatalf("%s at %v after %v", e.KindName(), at, last)
		} else {
			last = at
		}
		if ids[e.Env().EventID] {
			t.Fatalf("id %s stands twice", e.Env().EventID)
		}
		ids[e.Env().EventID] = true
		if e, ok := e.(*schemas.CodeEvent); ok {
			switch e.Kind {
			case schemas.CodeSuggestionShown:
				open[e.SuggestionID] = true
			case schemas.CodeSuggestionReshown:
				if !open[e.SuggestionID] {
					t.Fatal("reshown before it was shown, or after its outcome")
				}
			case schemas.CodeSuggestionAccepted, schemas.CodeSuggestionRejected:
				if !open[e.SuggestionID] || e.DecisionMs.Value < 1 {
					t.Fatalf("decided without a showing, or at once: %+v", e)
				}
				delete(open, e.SuggestionID)
			}
		}
	}
	if rate := float64(len(events)) / last.Sub(start).Seconds(); math.Abs(rate/p.Rate-1) > 0.4 {
		t.Errorf("%.1f events per second, want about %v", rate, p.Rate)
	}
}

func TestTheSameParametersGiveTheSameEvents(t *testing.T) {
	p := params(t, 5000)
	first := generate(t, p)
	p.Keys.Token("acme", "user", "anyone") // the keyring has no state that matters
	longer := p
	longer.Events += 1000
	for i, e := range generate(t, longer)[:p.Events] {
		for _, e := range []schemas.Event{e, first[i]} {
			switch e := e.(type) { // the nonces differ
			case *schemas.CodeEvent:
				e.Sealed = nil
			case *schemas.ChatEvent:
				e.Sealed = nil
			}
		}
		if !reflect.DeepEqual(e, first[i]) {
			t.Fatalf("event %d:\n%+v\nthen\n%+v", i, first[i], e)
		}
	}
	p.Seed++
	if other := generate(t, p); other[0].Env().EventID == first[0].Env().EventID {
		t.Error("another seed gives the same ids")
	}
}

func TestAJumpIsInItsDomainAndTimeOnly(t *testing.T) {
	p := params(t, 200_000)
	from, until := start.Add(45*time.Minute), start.Add(105*time.Minute)
	p.Plant = []Jump{
		{Model: "gpt-4.1", Feature: "inline_completion", Language: "python", Signal: Retention, To: 0.25, At: from, Until: until},
		{Model: "claude-sonnet-4-5", Feature: "chat", Language: "typescript", Signal: Rating, To: 0.5, At: from, Until: until},
	}
	type share struct{ failures, all float64 }
	var retention, rating, retentionElse, ratingElse share
	count := func(s *share, failed bool) {
		s.all++
		if failed {
			s.failures++
		}
	}
	shown := map[string]time.Time{}
	replied := map[string]time.Time{}
	for _, e := range generate(t, p) {
		during := func(at time.Time) bool { return !at.Before(from) && at.Before(until) }
		switch e := e.(type) {
		case *schemas.CodeEvent:
			if e.Kind == schemas.CodeSuggestionShown {
				shown[e.SuggestionID] = e.OccurredAt
			}
			if e.Kind != schemas.CodeSurvivalObserved {
				break
			}
			s := &retentionElse
			if e.Model == "gpt-4.1" && e.Feature == "inline_completion" && e.Language == "python" && during(shown[e.SuggestionID]) {
				s = &retention
			}
			count(s, e.Survival.Value < 0.5)
		case *schemas.ChatEvent:
			if e.Kind == schemas.ChatReplyReceived {
				replied[e.MessageID] = e.OccurredAt
			}
			if e.Kind != schemas.ChatReplyRated {
				break
			}
			s := &ratingElse
			if e.Model == "claude-sonnet-4-5" && e.Feature == "chat" && e.Language == "typescript" && during(replied[e.MessageID]) {
				s = &rating
			}
			count(s, e.Rating == schemas.RatingDown)
		}
	}
	for _, c := range []struct {
		name string
		share
		want float64
	}{{"retention in the jump", retention, 0.25}, {"retention elsewhere", retentionElse, BaseFailure}, {"rating in the jump", rating, 0.5}, {"rating elsewhere", ratingElse, BaseFailure}} {
		rate, deviation := c.failures/c.all, math.Sqrt(c.want*(1-c.want)/c.all)
		t.Logf("%s: %.0f of %.0f", c.name, c.failures, c.all)
		if math.Abs(rate-c.want) > 4*deviation || c.all < 50 {
			t.Errorf("%s: %.4f of %.0f, want %v", c.name, rate, c.all, c.want)
		}
	}
}

func TestPayloadsOpenAndSomeHoldSecrets(t *testing.T) {
	p := params(t, 60_000)
	secrets, shown, accepted := 0, 0, map[string]float64{}
	showings := map[string]float64{}
	for _, e := range generate(t, p) {
		sealed, key := e.(schemas.Sealed).SealedPayload()
		if sealed == nil {
			continue
		}
		plain, err := p.Keys.Open(p.Org, key, sealed, []byte(e.Env().EventID))
		if err != nil {
			t.Fatal(err)
		}
		payload, err := schemas.ParsePayload(plain)
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case *schemas.CodeEvent:
			if chars, _ := size(payload.Code); chars != e.Chars.Value || payload.Code == "" {
				t.Fatalf("%d characters sealed, %d told", chars, e.Chars.Value)
			}
			if e.Kind == schemas.CodeSuggestionShown {
				shown++
				showings[e.Task]++
				if strings.Contains(payload.Code, "AKIA") || strings.Contains(payload.Code, "ghp_") {
					secrets++
				}
			} else if e.Kind == schemas.CodeSuggestionAccepted {
				accepted[e.Task]++
			}
		case *schemas.ChatEvent:
			if chars, _ := size(payload.Text); chars != e.Chars.Value {
				t.Fatalf("%d characters sealed, %d told", chars, e.Chars.Value)
			}
		}
	}
	if secrets == 0 || secrets > shown/500 {
		t.Errorf("%d of %d showings hold a secret", secrets, shown)
	}
	for _, task := range tasks {
		if rate := accepted[task.name] / showings[task.name]; math.Abs(rate-task.acceptance) > 0.06 {
			t.Errorf("%s: acceptance %.3f, want about %.3f", task.name, rate, task.acceptance)
		}
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for name, edit := range map[string]func(*Params){
		"events": func(p *Params) { p.Events = -1 },
		"rate":   func(p *Params) { p.Rate = math.NaN() },
		"start":  func(p *Params) { p.Start = time.Time{} },
		"org":    func(p *Params) { p.Org = "" },
		"signal": func(p *Params) { p.Plant = []Jump{{Signal: "luck", At: start, Until: start.Add(1)}} },
		"share":  func(p *Params) { p.Plant = []Jump{{Signal: Rating, To: 1.1, At: start, Until: start.Add(1)}} },
		"times":  func(p *Params) { p.Plant = []Jump{{Signal: Rating, To: 0.5, At: start, Until: start}} },
	} {
		p := params(t, 10)
		edit(&p)
		if _, err := New(p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkSimulate(b *testing.B) {
	p := params(b, 50_000)
	s, err := New(p)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range s.Events() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(p.Events*b.N)/b.Elapsed().Seconds(), "events/s")
}
