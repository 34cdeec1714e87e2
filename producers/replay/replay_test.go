package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

func options(t testing.TB) Options {
	t.Helper()
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Org: "acme", Environment: schemas.EnvironmentDogfood, Keys: keys}
}

func replay(t testing.TB, path string, o Options) []schemas.Event {
	t.Helper()
	f, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []schemas.Event
	for e, err := range f.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if err := producers.Validate(e); err != nil {
			t.Error(err)
		}
		events = append(events, e)
	}
	if f.Read() != f.Size() {
		t.Errorf("read %d of %d bytes", f.Read(), f.Size())
	}
	return events
}

func payload(t testing.TB, o Options, e schemas.Event) schemas.Payload {
	t.Helper()
	sealed, key := e.(schemas.Sealed).SealedPayload()
	plain, err := o.Keys.Open(e.Env().Org, key, sealed, []byte(e.Env().EventID))
	if err != nil {
		t.Fatalf("%s: %v", e.KindName(), err)
	}
	p, err := schemas.ParsePayload(plain)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func kinds(events []schemas.Event) []string {
	var names []string
	for _, e := range events {
		names = append(names, e.KindName())
	}
	return names
}

func TestCopilot(t *testing.T) {
	o := options(t)
	events := replay(t, "testdata/copilot.jsonl", o)
	want := []string{"suggestion_shown", "suggestion_reshown", "suggestion_accepted", "unreadable_line",
		"survival_observed", "survival_observed", // 15 and 30 s: at the next line's time
		"suggestion_shown", "suggestion_rejected", "invalid", "unreadable_line", "unreadable_line",
		"survival_observed", "survival_observed", "survival_observed"}
	if got := kinds(events); !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
	shown, accepted, later := events[0].(*schemas.CodeEvent), events[2].(*schemas.CodeEvent), events[6].(*schemas.CodeEvent)
	if shown.SuggestionID != accepted.SuggestionID || shown.SuggestionID == later.SuggestionID || shown.SuggestionID == "" {
		t.Errorf("suggestions %q, %q, %q", shown.SuggestionID, accepted.SuggestionID, later.SuggestionID)
	}
	if shown.Chars != schemas.Some[int32](16) || shown.Lines != schemas.Some[int32](1) || shown.LatencyMs != schemas.Some[int64](366) || shown.DecisionMs.Set {
		t.Errorf("shown %+v", shown)
	}
	if accepted.DecisionMs != schemas.Some[int64](1000) || accepted.LatencyMs.Set || accepted.DecidedBy != schemas.DecidedByHuman || accepted.AcceptedChars != shown.Chars {
		t.Errorf("accepted %+v", accepted)
	}
	if p := payload(t, o, shown); p.Code != "naïve_sum(a, b)\n" || p.Prompt != "total = " {
		t.Errorf("payload %+v", p)
	}
	var survival []float64
	for _, e := range events {
		if e, ok := e.(*schemas.CodeEvent); ok && e.Kind == schemas.CodeSurvivalObserved {
			survival = append(survival, e.Survival.Value)
			if after := e.OccurredAt.Sub(accepted.OccurredAt).Seconds(); int32(after) != e.CheckpointS.Value || !e.Reported || e.SuggestionID != accepted.SuggestionID {
				t.Errorf("after %v s: %+v", after, e)
			}
		}
	}
	if !slices.Equal(survival, []float64{1, 0.5, 0.75, 0, 0.25}) {
		t.Errorf("survival %v", survival)
	}
	for _, e := range events {
		if body := e.AppendAvro(nil); bytes.Contains(body, []byte("hunter2")) || bytes.Contains(body, []byte("naïve")) || bytes.Contains(body, []byte("years")) {
			t.Errorf("%s shows content", e.KindName())
		}
	}
	letter := events[3].(*schemas.DeadLetter)
	original, err := deadletter.Unwrap(o.Keys, []*schemas.DeadLetter{letter})
	if err != nil || !strings.Contains(string(original.Value), "hunter2") || letter.OriginOffset != 4 || !strings.Contains(letter.Detail, "line 4") {
		t.Errorf("letter %+v of %q, %v", letter, original.Value, err)
	}
}

func TestChat(t *testing.T) {
	o := options(t)
	events := replay(t, "testdata/chat.jsonl", o)
	want := []string{"prompt_sent", "reply_received", "prompt_sent", "reply_received", "reply_copied", "reply_copied",
		"prompt_sent", "reply_received", "reply_received"}
	if got := kinds(events); !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
	var texts []string
	conversations := map[string]int{}
	for _, e := range events {
		texts = append(texts, payload(t, o, e).Text)
		conversations[e.Key()]++
	}
	if want := []string{"how do I add", "with +", "and subtract", "a - b", "a - b", "a", "start over", "fine", "hello"}; !slices.Equal(texts, want) {
		t.Errorf("texts %q", texts)
	}
	if events[0].Key() != events[5].Key() || len(conversations) != 3 {
		t.Errorf("conversations %v", conversations)
	}
	reply, copied := events[3].(*schemas.ChatEvent), events[5].(*schemas.ChatEvent)
	if copied.MessageID != reply.MessageID || reply.MessageID != reply.EventID || reply.Turn != schemas.Some[int32](3) || copied.Attributes["copy_type"] != "copy_chat" {
		t.Errorf("reply %+v\ncopied %+v", reply, copied)
	}
	if at := chatEpoch.UnixMilli() + 52686; reply.OccurredAt.UnixMilli() != at {
		t.Errorf("at %v", reply.OccurredAt)
	}
}

func TestOwn(t *testing.T) {
	o := options(t)
	events := replay(t, "testdata/own.jsonl", o)
	want := []string{"suggestion_accepted", "prompt_sent", "unreadable_line", "unreadable_line", "invalid", "unreadable_line", "unreadable_line", "invalid"}
	if got := kinds(events); !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
	code, chat := events[0].(*schemas.CodeEvent), events[1].(*schemas.ChatEvent)
	if code.EventID != "a" || code.OccurredAt.UnixMilli()%1000 != 678 || code.Survival != schemas.Some(0.5) || code.Attributes["k"] != "v" {
		t.Errorf("code %+v", code)
	}
	if chat.Org != "acme" || chat.Rating != schemas.RatingUp || payload(t, o, chat).Text != "hunter2" {
		t.Errorf("chat %+v", chat)
	}
	for i, word := range map[int]string{2: "kind", 3: "unknown", 4: "file_id", 5: "record", 6: "chars"} {
		if d := events[i].(*schemas.DeadLetter); !strings.Contains(d.Detail, word) {
			t.Errorf("event %d: detail %q, want %q in it", i, d.Detail, word)
		}
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	o := options(t)
	path := filepath.Join(t.TempDir(), "own.jsonl")
	var file bytes.Buffer
	want := slices.DeleteFunc(replay(t, "testdata/copilot.jsonl", o), func(e schemas.Event) bool { return e.Record() == schemas.DeadLetterRecord })
	for _, e := range want {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&file, `{"record":%q,%s`+"\n", e.Record().Name, text[1:])
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, e := range replay(t, path, o) {
		if !reflect.DeepEqual(e, want[i]) {
			t.Errorf("event %d:\ngot  %+v\nwant %+v", i, e, want[i])
		}
	}
}

func TestReplayingACopyGivesTheSameIDs(t *testing.T) {
	o := options(t)
	for _, name := range []string{"copilot.jsonl", "chat.jsonl", "own.jsonl"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "copy")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		ids := func(events []schemas.Event) (ids []string) {
			for _, e := range events {
				ids = append(ids, e.Env().EventID)
			}
			return ids
		}
		first, second := ids(replay(t, filepath.Join("testdata", name), o)), ids(replay(t, path, o))
		if !slices.Equal(first, second) {
			t.Errorf("%s: %v then %v", name, first, second)
		}
		slices.Sort(first)
		if len(slices.Compact(first)) != len(second) {
			t.Errorf("%s: an id stands twice", name)
		}
	}
}

func TestLongLinesAreKeptWhole(t *testing.T) {
	o := options(t)
	path := filepath.Join(t.TempDir(), "long.jsonl")
	own, err := os.ReadFile("testdata/own.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(own, []byte("\n"))
	long := bytes.Replace(first, []byte(`"k":"v"`), fmt.Appendf(nil, `"k":"%s"`, strings.Repeat("x", 2<<20)), 1)
	if err := os.WriteFile(path, slices.Concat(first, []byte("\r\n"), long, []byte("\n"), first), 0o600); err != nil {
		t.Fatal(err)
	}
	events := replay(t, path, o)
	var parts []*schemas.DeadLetter
	for _, e := range events[1 : len(events)-1] {
		parts = append(parts, e.(*schemas.DeadLetter))
	}
	original, err := deadletter.Unwrap(o.Keys, parts)
	if err != nil || !bytes.Equal(original.Value, long) || parts[0].Kind != schemas.DeadLetterTooLarge || len(parts) < 2 {
		t.Errorf("%d parts, reason %s, %v", len(parts), parts[0].Kind, err)
	}
	if err := os.WriteFile(path, slices.Concat(first, []byte("\n"), bytes.Repeat([]byte("x"), maxLine+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var last error
	for _, err := range f.Events() {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "after line 1") {
		t.Errorf("an endless line: %v", last)
	}
}

func TestOpenRefusesWhatIsNoRecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("shopping list\n- milk\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, options(t)); err == nil || !strings.Contains(err.Error(), "is no recording") {
		t.Errorf("got %v", err)
	}
	if _, err := Open(path+"x", options(t)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if events := replay(t, path, options(t)); len(events) != 0 {
		t.Errorf("an empty file has %d events", len(events))
	}
}
