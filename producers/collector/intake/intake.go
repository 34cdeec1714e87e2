// Package intake is what a mapping gives the collector: the translation of one client's requests into events, before
// privacy. A mapping is a table from the client's own names to Assay's; what the client can't know stays null.
//
// Everything here is pure: no I/O, no clock, no keys. Clear identifiers and content may stand only where Draft and
// Rejected say so; the collector turns them into keyed tokens and sealed bytes, and nothing else of them leaves the process.
package intake

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/assayhq/assay/schemas"
)

// Request is one request of an authenticated client. Mappings must not change or keep its Body and Header.
type Request struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         []byte    // decompressed, bounded
	Received     time.Time // stands in where the client gives no time, never in an id

	Org         string // from the token, or from the secret that signed a webhook
	Client      string // likewise; names the client in events where the mapping knows nothing better
	Environment schemas.Environment
}

// Draft is one event before privacy. Clear text stays in here and never leaves the process.
type Draft struct {
	// Event holds the facts. Its token, sealed and fingerprint fields are empty; Org and Environment are the collector's
	// to set, Source stays empty for Request.Client. EventID is the same whenever the client sends the same fact again:
	// schemas.DerivedID of the client's own ids, else of what tells the fact from others; never of the receive time.
	// The collector makes it another id for every organisation.
	// A partition key that is derived from a file stays empty (see File). Attributes are safe, bounded facts from an
	// allowlist; the collector redacts them and all other words all the same.
	Event schemas.Event
	// OwnID says that the client chose the event's id for Assay: the answer names the event by it.
	OwnID bool
	// Index is the event's place in the request, from 0.
	Index int
	// These identify in clear; the collector turns them into keyed tokens. The people of one organisation get the same
	// token whatever their part in the event.
	User, Team, Repo, Path            string
	Author, Reviewer, Owner, Approver string // where the event has such a field
	// BaseBranch is the branch that a change goes into.
	BaseBranch string
	// File identifies the file where the client has an id for it. Where File is empty and Path is not, the file is
	// Repo/Path. The event's file_id becomes the file's keyed token; without either it stays as the mapping set it.
	File string
	// OldFile is what File was before a rename, said the same way.
	OldFile string
	// Payload is the code and text to seal; nil where there is none.
	Payload *schemas.Payload
}

// Rejected is one item of a request that becomes no event.
type Rejected struct {
	Index  int    // its place in the request, from 0
	ID     string // the client's own id of it, where it has one, for the client's eyes only
	Reason string // for the client and the dead letter, in words and without content
	// Dead sends Raw to the dead letters: what can be read and comes from the client, but can't be trusted. Otherwise the
	// client alone is told.
	Dead bool
	Raw  []byte // the item as it came, or the nearest to it: sealed before it is stored
}

// Result is what a mapping made of a request.
type Result struct {
	Drafts   []Draft
	Rejected []Rejected
	Ignored  int // items that are known, or allowed, to be no facts
	// Correctable says that the client is told of every item and can send it again, corrected: a draft that turns out to be
	// invalid or too large is then not dead-lettered.
	Correctable bool
	// Answer words the answer in the client's protocol, after everything that is to be stored is stored. Nil answers
	// 202 with Assay's own JSON.
	Answer func(Outcome) Answer
}

// Outcome is what became of a request's items.
type Outcome struct {
	Accepted []string // event ids, in the order of the drafts
	Rejected []Rejected
	Ignored  int
}

// Answer is a response in the client's protocol.
type Answer struct {
	Status int
	Type   string // of Body; empty where there is none
	Body   []byte
}

// Route is an endpoint that a mapping serves.
type Route struct {
	Method, Path string // exact path
	// Claims tells requests apart where several mappings serve one endpoint: the first that claims a request gets it, and
	// one without Claims gets the rest.
	Claims func(Request) bool
}

// Mapping translates one client's requests. Map may be called from many goroutines.
type Mapping interface {
	Routes() []Route
	// Map returns what the request says. A *Refusal refuses the request as a whole, and nothing of it is stored.
	Map(Request) (Result, error)
}

// Signed is a Mapping whose senders prove themselves by a secret that they share with the collector instead of a token:
// webhooks. The collector tries every secret that it has for Provider; the one that fits tells the organisation.
type Signed interface {
	Mapping
	// Provider names the sender in the list of secrets, e.g. github.
	Provider() string
	// Verify says, in constant time, whether the secret proves the request.
	Verify(r Request, secret []byte) bool
}

// Refusal refuses a request as a whole.
type Refusal struct {
	Status int // 4xx
	Reason string
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused with %d: %s", r.Status, r.Reason) }

// Refuse returns a *Refusal; its reason must not quote content.
func Refuse(status int, format string, args ...any) error {
	return &Refusal{status, fmt.Sprintf(format, args...)}
}
