package producers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/schemas"
)

func TestARegistryOutageIsWaitedOut(t *testing.T) {
	b := startBroker(t, 1)
	var calls atomic.Int32
	b.fakeRegistry.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		if calls.Add(1) > 4 {
			return false
		}
		http.Error(w, "down", http.StatusServiceUnavailable)
		return true
	})
	if err := b.publisher(t, 0).PublishSync(t.Context(), codeEvent("file", "")); err != nil {
		t.Fatal(err)
	}
	if n := len(b.read(t, "assistant.code", 0)); n != 1 || calls.Load() < 5 {
		t.Errorf("%d events after %d calls", n, calls.Load())
	}
}

func TestARefusingRegistryIsFatal(t *testing.T) {
	b := startBroker(t, 1)
	b.fakeRegistry.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		http.Error(w, `{"error_code":40901,"message":"incompatible"}`, http.StatusConflict)
		return true
	})
	if err := b.publisher(t, 0).Publish(t.Context(), codeEvent("file", "")); !errors.Is(err, ErrFatal) || !strings.Contains(err.Error(), "CodeEvent") {
		t.Errorf("got %v", err)
	}
}

func TestAWrongPasswordIsFatal(t *testing.T) {
	b := startBroker(t, 1, kfake.EnableSASL(), kfake.Superuser("PLAIN", "ada", "right"))
	// kfake hangs up on a wrong password; Kafka answers.
	b.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		response := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		response.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return response, nil, !bytes.HasSuffix(r.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes, []byte("right"))
	})
	for password, want := range map[string]error{"right": nil, "hunter2": ErrFatal} {
		transport := &kafka.Transport{SASL: plain.Mechanism{Username: "ada", Password: password}, MetadataTTL: 100 * time.Millisecond}
		t.Cleanup(transport.CloseIdleConnections)
		b.client.Transport = transport
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := b.publisher(t, 0).Publish(ctx, codeEvent("file", ""))
		if !errors.Is(err, want) || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("password %s: %v", password, err)
		}
	}
}

func TestALostLeaderIsFollowed(t *testing.T) {
	b := startBroker(t, 1, kfake.NumBrokers(3))
	p := b.publisher(t, 0)
	for range 3 {
		if err := p.PublishSync(t.Context(), codeEvent("file", ""), codeEvent("file", "")); err != nil {
			t.Fatal(err)
		}
		if err := b.MoveTopicPartition("assistant.code", 0, (b.LeaderFor("assistant.code", 0)+1)%3); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.PublishSync(t.Context(), codeEvent("file", "last")); err != nil {
		t.Fatal(err)
	}
	if got := b.read(t, "assistant.code", 0); len(got) < 7 || got[len(got)-1].id != "last" {
		t.Errorf("%d events", len(got))
	}
}

// With a spool, which isn't touched while Kafka takes events, publishing costs the same.
func BenchmarkPublishSync(b *testing.B) {
	broker := startBroker(b, 6)
	for _, spooled := range []bool{false, true} {
		for _, events := range []int{1, 100} {
			b.Run(fmt.Sprintf("spool=%v/events=%d", spooled, events), func(b *testing.B) {
				publish := broker.publisher(b, 0).PublishSync
				if spooled {
					publish = broker.openSpool(b, SpoolConfig{Dir: b.TempDir()}).PublishSync
				}
				var call []schemas.Event
				for i := range events {
					call = append(call, codeEvent("file", fmt.Sprintf("0192d4c0-0000-7000-8000-%012d", i)))
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := publish(b.Context(), call...); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
