package collector

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
)

// Kafka goes away under load and comes back: whatever was answered with 202 is published, in order within its key, and
// nothing stays on the disk.
func TestKafkaIsAway(t *testing.T) {
	r := startRig(t, settings{ackWait: 300 * time.Millisecond})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	const clients, perRequest = 4, 20
	accepted := make([][]string, clients) // by client, which has a file of its own
	stop := make(chan struct{})
	var sending sync.WaitGroup
	for c := range clients {
		sending.Go(func() {
			for request := 0; ; request++ {
				select {
				case <-stop:
					return
				default:
				}
				var lines strings.Builder
				for i := range perRequest {
					lines.WriteString(shown(fmt.Sprintf("%d-%05d-%02d", c, request, i), fmt.Sprint("file-", c), `,"payload":{"code":"kanari()"}`) + "\n")
				}
				a := r.post("/v1/events", lines.String(), auth, "Content-Type: application/x-ndjson")
				if a.status != 202 || len(a.Accepted) != perRequest {
					t.Errorf("%d %.200s", a.status, a.body)
					return
				}
				accepted[c] = append(accepted[c], a.Accepted...)
			}
		})
	}
	wait := func(what string, until func() bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); !until(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d bytes on the disk", what, r.Kept())
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	for range 2 {
		r.stopBroker()
		wait("nothing is kept on the disk while Kafka is away", func() bool { return r.Kept() > 1<<20 })
		if files := r.holding("kanari"); len(files) > 0 {
			t.Errorf("in the clear in %q", files)
		}
		r.startBroker()
		wait("the disk isn't left under load", func() bool { return r.Kept() == 0 })
	}
	close(stop)
	sending.Wait()

	published := map[string][]string{} // by file, first appearances
	seen := map[string]bool{}
	for _, e := range r.read("assistant.code") {
		if code := e.Event.(*schemas.CodeEvent); !seen[code.EventID] {
			seen[code.EventID] = true
			published[code.FileID] = append(published[code.FileID], code.EventID)
		}
	}
	for c := range clients {
		got := published[r.keys.Token("acme", "file", fmt.Sprint("file-", c))]
		same := func(stored, sent string) bool { return stored == schemas.DerivedID("acme", sent) }
		if len(got) < len(accepted[c]) || !slices.EqualFunc(got[:len(accepted[c])], accepted[c], same) {
			t.Errorf("client %d: %d accepted, %d published, or in another order", c, len(accepted[c]), len(got))
		}
	}
}

// A spool without room refuses with a pause, and has nothing stored.
func TestTheSpoolIsFull(t *testing.T) {
	r := startRig(t, settings{ackWait: 50 * time.Millisecond, spool: 1})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	r.stopBroker()
	a := r.post("/v1/events", shown("x", "f", ""), auth)
	if a.status != 503 || a.headers.Get("Retry-After") == "" {
		t.Errorf("%d %q %s", a.status, a.headers.Get("Retry-After"), a.body)
	}
	r.startBroker()
}
