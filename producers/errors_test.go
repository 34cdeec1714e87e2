package producers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/schemas"
)

func TestBadEventsAreRefusedAtOnce(t *testing.T) {
	p := startBroker(t, 1).publisher(t, 0)
	cases := []struct {
		name string
		edit func(*schemas.CodeEvent)
		want error
		word string
	}{
		{"no time", func(e *schemas.CodeEvent) { e.OccurredAt = time.Time{} }, ErrInvalid, "occurred_at"},
		{"year 2500", func(e *schemas.CodeEvent) { e.OccurredAt = e.OccurredAt.AddDate(474, 0, 0) }, ErrInvalid, "occurred_at"},
		{"no org", func(e *schemas.CodeEvent) { e.Org = "" }, ErrInvalid, "org"},
		{"no source", func(e *schemas.CodeEvent) { e.Source = "" }, ErrInvalid, "source"},
		{"no key", func(e *schemas.CodeEvent) { e.FileID = "" }, ErrInvalid, "file_id"},
		{"long id", func(e *schemas.CodeEvent) { e.EventID = strings.Repeat("x", 257) }, ErrInvalid, "event_id"},
		{"sealed for no id", func(e *schemas.CodeEvent) { e.EventID, e.Sealed = "", []byte("x") }, ErrInvalid, "sealed"},
		{"2 MB", func(e *schemas.CodeEvent) { e.Sealed = make([]byte, 2<<20) }, ErrTooLarge, "900000"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := codeEvent("file", "id")
			c.edit(e)
			for _, publish := range []func(context.Context, ...schemas.Event) error{p.Publish, p.PublishSync} {
				if err := publish(t.Context(), e); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.word) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCloseTellsWhatItLeaves(t *testing.T) {
	b := startBroker(t, 1)
	b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: -1})
	p := b.publisher(t, 0)
	waiting := make(chan error, 1)
	if err := p.Publish(t.Context(), codeEvent("file", "a"), codeEvent("file", "b")); err != nil {
		t.Fatal(err)
	}
	go func() { waiting <- p.PublishSync(t.Context(), codeEvent("file", "c")) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := p.Close(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 events were not written") {
		t.Errorf("close: %v", err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("sync: %v", err)
	}
}

func TestFinalErrorsReachThePublisher(t *testing.T) {
	for _, c := range []struct {
		err  *kerr.Error
		want error
		word string
	}{
		{kerr.TopicAuthorizationFailed, ErrFatal, "topology acls"},
		{kerr.UnknownTopicOrPartition, ErrFatal, "topology apply"},
		{kerr.MessageTooLarge, ErrTooLarge, "max.message.bytes"},
		{kerr.InvalidRecord, kafka.InvalidRecord, ""},
	} {
		t.Run(c.err.Message, func(t *testing.T) {
			b := startBroker(t, 1)
			faults := b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: c.err, Count: -1})
			p := b.publisher(t, 0)
			if err := p.PublishSync(t.Context(), codeEvent("file", "")); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.word) {
				t.Errorf("sync: %v", err)
			}
			if err := p.Publish(t.Context(), codeEvent("file", ""), codeEvent("file", "")); err != nil {
				t.Errorf("async: %v", err)
			}
			if err := p.Flush(t.Context()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), "2 events") {
				t.Errorf("flush: %v", err)
			}
			faults.Remove()
			if err := p.PublishSync(t.Context(), codeEvent("file", "")); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestAnUnseenFailureStopsPublishing(t *testing.T) {
	b := startBroker(t, 1)
	b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.TopicAuthorizationFailed, Count: 1})
	p := b.publisher(t, 0)
	var err error
	for err == nil && t.Context().Err() == nil {
		err = p.Publish(t.Context(), codeEvent("file", ""))
	}
	if !errors.Is(err, ErrFatal) {
		t.Errorf("publish: %v", err)
	}
	if err := p.Flush(t.Context()); !errors.Is(err, ErrFatal) {
		t.Errorf("flush: %v", err)
	}
	if err := p.Publish(t.Context(), codeEvent("file", "")); err != nil {
		t.Errorf("after Flush: %v", err)
	}
}

func TestAMissingTopicIsNamed(t *testing.T) {
	p := startBroker(t, 1).publisher(t, 0)
	err := p.Send(t.Context(), []Record{{Topic: "nowhere", Partition: AnyPartition, Key: []byte("k")}})
	if !errors.Is(err, ErrFatal) || !strings.Contains(err.Error(), "nowhere") || !strings.Contains(err.Error(), "assay topology apply") {
		t.Errorf("got %v", err)
	}
}
