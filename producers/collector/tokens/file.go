package tokens

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/assayhq/assay/schemas"
)

const fileVersion = 1

// file is the file's content.
type file struct {
	Version  int       `json:"version"`
	Tokens   []Token   `json:"tokens"`
	Webhooks []Webhook `json:"webhooks"`
}

// name is what organisations and clients are called: they stand in clear in events, key ids and file names.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func checkNames(names ...string) error {
	for _, n := range names {
		if !name.MatchString(n) {
			return fmt.Errorf("%q is no name: use up to 64 letters, digits, '.', '_' and '-'", n)
		}
	}
	return nil
}

// Create adds a token to the file and returns its text, which is kept nowhere.
func Create(path, org, client string, environment schemas.Environment) (text string, t Token, err error) {
	if err := checkNames(org, client); err != nil {
		return "", t, err
	}
	t = Token{ID: random(idBytes), Org: org, Client: client, Environment: environment, CreatedAt: time.Now().UTC().Truncate(time.Second)}
	text = prefix + t.ID + "_" + random(secretBytes)
	t.SHA256 = hash(text)
	return text, t, change(path, func(f *file) error {
		f.Tokens = append(f.Tokens, t)
		return nil
	})
}

// Revoke ends a token; running collectors refuse it a second later.
func Revoke(path, id string) error {
	return change(path, func(f *file) error {
		i := slices.IndexFunc(f.Tokens, func(t Token) bool { return t.ID == id })
		if i < 0 {
			return fmt.Errorf("there is no token %q: see `assay tokens list`", id)
		}
		if f.Tokens[i].RevokedAt == nil {
			now := time.Now().UTC().Truncate(time.Second)
			f.Tokens[i].RevokedAt = &now
		}
		return nil
	})
}

// AddWebhook has the collector accept what is signed with the secret in the file, as the organisation's.
func AddWebhook(path, provider, org, secretFile string) error {
	if err := checkNames(provider, org); err != nil {
		return err
	}
	absolute, err := filepath.Abs(secretFile)
	if err != nil {
		return fmt.Errorf("find the webhook's secret: %w", err)
	}
	if _, err := readSecret(absolute); err != nil {
		return err
	}
	return change(path, func(f *file) error {
		w := Webhook{Provider: provider, Org: org, File: absolute}
		if slices.ContainsFunc(f.Webhooks, func(o Webhook) bool {
			return o.Provider == w.Provider && o.Org == w.Org && o.File == w.File
		}) {
			return nil
		}
		f.Webhooks = append(f.Webhooks, w)
		return nil
	})
}

// RemoveWebhooks forgets the provider's secrets of an organisation and returns how many there were.
func RemoveWebhooks(path, provider, org string) (n int, err error) {
	return n, change(path, func(f *file) error {
		before := len(f.Webhooks)
		f.Webhooks = slices.DeleteFunc(f.Webhooks, func(w Webhook) bool { return w.Provider == provider && w.Org == org })
		n = before - len(f.Webhooks)
		return nil
	})
}

// List returns what the file holds, tokens by organisation and client.
func List(path string) ([]Token, []Webhook, error) {
	f, err := read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the tokens: %w", err)
	}
	slices.SortStableFunc(f.Tokens, func(a, b Token) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Client, b.Client), a.CreatedAt.Compare(b.CreatedAt))
	})
	return f.Tokens, f.Webhooks, nil
}

func read(path string) (file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return file{}, fmt.Errorf("%s is damaged (not the JSON of tokens): restore it from a backup, or remove it and create new tokens", path)
	}
	if f.Version != fileVersion {
		return file{}, fmt.Errorf("%s has version %d, this Assay reads %d: use the Assay that wrote it", path, f.Version, fileVersion)
	}
	return f, nil
}

// change edits the file while no other process does, creating it first when it is missing.
func change(path string, edit func(*file) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("change the tokens: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Close()
	f, err := read(path)
	if errors.Is(err, os.ErrNotExist) {
		f = file{Version: fileVersion}
	} else if err != nil {
		return fmt.Errorf("change the tokens: %w", err)
	}
	if err := edit(&f); err != nil {
		return err
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the tokens: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".tokens-*") // mode 0600
	if err != nil {
		return fmt.Errorf("change the tokens: %w", err)
	}
	defer os.Remove(temporary.Name()) // fails after the rename, as it should
	_, err = temporary.Write(append(text, '\n'))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("change the tokens: %w", err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("change the tokens: %w", err)
	}
	return nil
}
