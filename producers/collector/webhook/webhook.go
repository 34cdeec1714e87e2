// Package webhook is what the webhooks of code hosts and on-call services have in common: how they are signed, how they say
// that something is reverted, and what a push says of files.
//
// It is pure. An event's id follows from the fact, in numbers of the sender's (never from names, which could be tried, and
// never from the delivery): repeats, and two hooks that deliver one event, count once.
package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
)

// Signed says, in constant time, whether the code, in hex, is the HMAC-SHA256 of a body.
func Signed(body, secret []byte, code string) bool {
	given, err := hex.DecodeString(code)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// Problems of what can be read but not trusted. They quote nothing.
var (
	ErrNoRepository = errors.New("it names no repository")
	ErrNoNumber     = errors.New("it has no number")
	ErrOutOfOrder   = errors.New("it ends before it begins")
)

// Decode reads a checked body. What doesn't fit is a dead letter's reason.
func Decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return errors.New(jsonbody.Describe(err))
	}
	return nil
}

// DeadLetter is the result of a request that can be read but not trusted.
func DeadLetter(body []byte, problem error) intake.Result {
	return intake.Result{Rejected: []intake.Rejected{{Reason: problem.Error(), Dead: true, Raw: bytes.Clone(body)}}}
}

// Ignored is the result of a request that is known, or allowed, to be no fact.
var Ignored = intake.Result{Ignored: 1}

// Time reads a time that must be there and be credible.
func Time(s string, received time.Time) (time.Time, error) {
	at, err := terms.Time(s)
	if err != nil {
		return at, err
	}
	return at, terms.Credible(at, received)
}

// Host of an address, lower case: numbers of a sender are its own.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Commit returns s where it is a commit's id in full.
func Commit(s string) string {
	if len(s) != 40 && len(s) != 64 || strings.Trim(s, "0") == "" {
		return ""
	}
	if _, err := hex.DecodeString(s); err != nil {
		return ""
	}
	return s
}

// Commits keeps the ids that are commits', each once.
func Commits(ids ...string) []string {
	var commits []string
	for _, id := range ids {
		if c := Commit(id); c != "" && (len(commits) == 0 || commits[len(commits)-1] != c) {
			commits = append(commits, c)
		}
	}
	return commits
}

// Incident says whether a label marks an incident: the word alone, or behind a scope (type: incident, kind/incident).
func Incident(label string) bool {
	if i := strings.LastIndexAny(label, ":/"); i >= 0 {
		label = label[i+1:]
	}
	return strings.EqualFold(strings.TrimSpace(label), "incident")
}

// Target is the name of an environment. Those made for one branch (review/zoes-branch) are called by what they are for.
func Target(environment string) string {
	name, _, _ := strings.Cut(environment, "/")
	return terms.Name(name)
}
