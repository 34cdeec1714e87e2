// Package tokens knows who may send to the collector: tokens, one per organisation and client, of which only hashes are kept,
// and the secrets that webhooks are signed with, of which only the place is kept. Both stand in one file, which the tools
// change and running collectors notice.
//
// The package must not log or put into an error any token or secret, and it knows nothing of HTTP.
package tokens

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assayhq/assay/schemas"
)

// prefix starts every token, so that scanners for secrets recognise one that leaked.
const prefix = "assay_"

const (
	idBytes     = 6
	secretBytes = 32 // 256 random bits can't be guessed, so a plain SHA-256 protects them at rest
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Token is what the file keeps of a token.
type Token struct {
	ID          string              `json:"id"`
	Org         string              `json:"org"`
	Client      string              `json:"client"`
	Environment schemas.Environment `json:"environment"`
	SHA256      string              `json:"sha256"`
	CreatedAt   time.Time           `json:"created_at"`
	RevokedAt   *time.Time          `json:"revoked_at,omitempty"`
}

// Webhook says where the secret is that an organisation shares with a sender of webhooks.
type Webhook struct {
	Provider string `json:"provider"`
	Org      string `json:"org"`
	File     string `json:"secret_file"`

	secret []byte
}

// Secret is what the sender signs with.
func (w Webhook) Secret() []byte { return w.secret }

// recheck bounds for how long a token that was revoked is still honoured.
const recheck = time.Second

// Store answers who sent a request. Its methods may be called from many goroutines.
type Store struct {
	path string

	mu      sync.Mutex // one reader of the file at a time
	current atomic.Pointer[snapshot]
	checked atomic.Int64 // when the file was last looked at, in ns since started
	started time.Time
}

// snapshot is what the file said.
type snapshot struct {
	info     os.FileInfo // nil where there was no file
	tokens   map[string]Token
	webhooks map[string][]Webhook // by provider
}

// Open reads the file. One that doesn't exist holds nothing yet.
func Open(path string) (*Store, error) {
	s := &Store{path: path, started: time.Now()}
	s.current.Store(&snapshot{})
	return s, s.Reload()
}

// Find returns the token that text is, if it is one and not revoked.
func (s *Store) Find(text string) (Token, bool, error) {
	if err := s.refresh(); err != nil {
		return Token{}, false, err
	}
	id, _, ok := strings.Cut(strings.TrimPrefix(text, prefix), "_")
	if !ok || !strings.HasPrefix(text, prefix) {
		return Token{}, false, nil
	}
	t, known := s.current.Load().tokens[id]
	given := hash(text)
	same := subtle.ConstantTimeCompare([]byte(given), []byte(t.SHA256)) == 1
	return t, known && same && t.RevokedAt == nil, nil
}

// Webhooks returns the secrets that a provider's webhooks may be signed with.
func (s *Store) Webhooks(provider string) ([]Webhook, error) {
	if err := s.refresh(); err != nil {
		return nil, err
	}
	return s.current.Load().webhooks[provider], nil
}

func (s *Store) refresh() error {
	now := int64(time.Since(s.started))
	if now-s.checked.Load() < int64(recheck) {
		return nil
	}
	return s.Reload()
}

// Reload reads the file if it changed, now instead of within a second. Every change is a rename, so a changed file is another
// file.
func (s *Store) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the tokens: %w", err)
	}
	last := s.current.Load()
	if err == nil && (last.info == nil || !os.SameFile(last.info, info) || !last.info.ModTime().Equal(info.ModTime())) {
		f, err := read(s.path)
		if err != nil {
			return fmt.Errorf("read the tokens: %w", err)
		}
		next := &snapshot{info: info, tokens: map[string]Token{}, webhooks: map[string][]Webhook{}}
		for _, t := range f.Tokens {
			next.tokens[t.ID] = t
		}
		for _, w := range f.Webhooks {
			if w.secret, err = readSecret(w.File); err != nil {
				return err
			}
			next.webhooks[w.Provider] = append(next.webhooks[w.Provider], w)
		}
		s.current.Store(next)
	} else if err != nil && last.info != nil {
		return fmt.Errorf("read the tokens: %w", err) // a file that vanished must not let nobody in silently
	}
	s.checked.Store(int64(time.Since(s.started)))
	return nil
}

func readSecret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a webhook's secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return nil, fmt.Errorf("the webhook's secret in %s is empty", path)
	}
	return []byte(secret), nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return encoding.EncodeToString(b)
}
