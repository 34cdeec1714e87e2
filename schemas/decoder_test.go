package schemas

import (
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/sr/srfake"
)

func newTestRegistry(t *testing.T) *RegistryClient {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	c, err := RegistryOptions{URL: fake.URL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func outcome() *Outcome {
	return &Outcome{
		Envelope: Envelope{EventID: "e1", OccurredAt: time.UnixMilli(1700000000000).UTC(), Source: "test", Org: "acme", Environment: EnvironmentCanary},
		Kind:     OutcomeFailure, Domain: "m||chat||rating", Category: "rating", Signal: "thumbs_down", Weight: 1, CausedBy: "c", CauseTopic: "assistant.chat",
		Severity: SeverityNone, Attributes: map[string]string{},
	}
}

func TestDecodeThroughARegistry(t *testing.T) {
	reg := newTestRegistry(t)
	ids, err := RegisterAll(t.Context(), reg)
	if err != nil {
		t.Fatal(err)
	}
	frame := AppendFrame(nil, ids["Outcome"], outcome())
	fresh, _ := RegistryOptions{URL: reg.url}.Client()
	d := NewDecoder(fresh)
	for range 2 { // the second time from the cache
		got, err := d.Decode(t.Context(), OutcomeRecord, frame)
		if err != nil || !reflect.DeepEqual(got, Event(outcome())) {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	for name, c := range map[string]struct {
		rec    *Record
		value  []byte
		reason DeadLetterReason
	}{
		"not avro":       {OutcomeRecord, []byte("hello"), DeadLetterNotAvro},
		"empty":          {OutcomeRecord, nil, DeadLetterNotAvro},
		"other record":   {FindingRecord, frame, DeadLetterWrongType},
		"truncated":      {OutcomeRecord, frame[:len(frame)-3], DeadLetterTruncated},
		"only the frame": {OutcomeRecord, frame[:5], DeadLetterTruncated},
	} {
		var m *MalformedError
		if _, err := d.Decode(t.Context(), c.rec, c.value); !errors.As(err, &m) || m.Reason != c.reason {
			t.Errorf("%s: got %v, want reason %s", name, err, c.reason)
		}
	}
	var u *UnresolvedError
	if _, err := d.Decode(t.Context(), OutcomeRecord, binary.BigEndian.AppendUint32([]byte{0}, 9999)); !errors.As(err, &u) || !errors.Is(err, ErrNoSchema) {
		t.Errorf("unknown id: %v", err)
	}
}

func TestRegistryAwayParks(t *testing.T) {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer down.Close()
	c, err := RegistryOptions{URL: down.URL}.Client()
	if err != nil {
		t.Fatal(err)
	}
	var u *UnresolvedError
	if _, err := NewDecoder(c).Body(t.Context(), OutcomeRecord, make([]byte, 10)); !errors.As(err, &u) || errors.Is(err, ErrNoSchema) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewDecoder(c).Body(ctx, OutcomeRecord, make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// TestForeignWriters: plugins register schemas of their own; what Avro's rules allow to read is read.
func TestForeignWriters(t *testing.T) {
	envelope := `{"name":"event_id","type":"string"},{"name":"occurred_at","type":"long"},{"name":"source","type":"string"},{"name":"org","type":"string"}`
	rest := `{"name":"domain","type":"string"},{"name":"category","type":"string"},{"name":"signal","type":"string"},{"name":"caused_by","type":"string"},{"name":"cause_topic","type":"string"}`
	base := map[string]any{"event_id": "e1", "occurred_at": int64(1700000000000), "source": "test", "org": "acme", "domain": "d", "category": "c", "signal": "s", "caused_by": "", "cause_topic": ""}
	for name, c := range map[string]struct {
		record, extra string
		set           map[string]any
		check         func(*Outcome) bool
		wrong         string
	}{
		"defaults": {"Outcome", ``, nil, func(o *Outcome) bool {
			return o.Weight == 1 && o.Kind == OutcomeUnknown && o.Model == "" && o.OccurredAt.UnixMilli() == 1700000000000
		}, ""},
		"widening":       {"Outcome", `,{"name":"weight","type":"int"}`, map[string]any{"weight": int32(3)}, func(o *Outcome) bool { return o.Weight == 3 }, ""},
		"union":          {"Outcome", `,{"name":"model","type":["null","string"]}`, map[string]any{"model": goavro.Union("string", "m")}, func(o *Outcome) bool { return o.Model == "m" }, ""},
		"union of three": {"Outcome", `,{"name":"model","type":["null","string","bytes"]}`, map[string]any{"model": goavro.Union("bytes", []byte("m"))}, func(o *Outcome) bool { return o.Model == "m" }, ""},
		"plain for null": {"Outcome", `,{"name":"model","type":"string"}`, map[string]any{"model": "m"}, func(o *Outcome) bool { return o.Model == "m" }, ""},
		"new symbol":     {"Outcome", `,{"name":"kind","type":{"type":"enum","name":"K","symbols":["success","amazing"]}}`, map[string]any{"kind": "amazing"}, func(o *Outcome) bool { return o.Kind == OutcomeUnknown }, ""},
		"known symbol":   {"Outcome", `,{"name":"kind","type":{"type":"enum","name":"K","symbols":["success","amazing"]}}`, map[string]any{"kind": "success"}, func(o *Outcome) bool { return o.Kind == OutcomeSuccess }, ""},
		"more fields":    {"Outcome", `,{"name":"extra","type":"string"}`, map[string]any{"extra": "x"}, func(o *Outcome) bool { return o.Domain == "d" }, ""},
		"logical time":   {"Outcome", `,{"name":"attributes","type":{"type":"map","values":"string"}}`, map[string]any{"attributes": map[string]any{"a": "b"}}, func(o *Outcome) bool { return o.Attributes["a"] == "b" }, ""},
		"wrong type":     {"Outcome", `,{"name":"weight","type":"string"}`, map[string]any{"weight": "3"}, nil, "field weight"},
		"wrong name":     {"Result", ``, nil, nil, "its record is Result"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newTestRegistry(t)
			text := `{"type":"record","namespace":"x.y","name":"` + c.record + `","fields":[` + envelope + `,` + rest + c.extra + `]}`
			id, err := reg.Register(t.Context(), "quality.outcomes-value", text)
			if err != nil {
				t.Fatal(err)
			}
			codec, err := goavro.NewCodec(text)
			if err != nil {
				t.Fatal(err)
			}
			native := map[string]any{}
			for k, v := range base {
				native[k] = v
			}
			for k, v := range c.set {
				native[k] = v
			}
			value, err := codec.BinaryFromNative(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), native)
			if err != nil {
				t.Fatal(err)
			}
			e, err := NewDecoder(reg).Decode(t.Context(), OutcomeRecord, value)
			switch {
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, want an error with %q", err, c.wrong)
				}
			case err != nil:
				t.Error(err)
			case !c.check(e.(*Outcome)):
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestCheckEnvelope(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for name, c := range map[string]struct {
		id   string
		at   int64
		org  string
		good bool
	}{
		"good":      {"e", now, "o", true},
		"ahead":     {"e", now + 3600_000, "o", true},
		"year 2500": {"e", 16725225600000, "o", false},
		"year 1970": {"e", 0, "o", false},
		"no id":     {"", now, "o", false},
		"long id":   {strings.Repeat("x", 257), now, "o", false},
		"no org":    {"e", now, "", false},
	} {
		if err := CheckEnvelope(OutcomeRecord, c.id, c.at, c.org, now); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
