// Package kmstest is a key management service for tests: an HTTP server that speaks the documented API of Vault's and OpenBao's
// transit engine, as far as keyrings use it (https://developer.hashicorp.com/vault/api-docs/secret/transit: encrypt and decrypt, with
// associated_data), and really encrypts, with AES-256-GCM under keys of its own in versions. The clients that talk to it are
// those of production.
package kmstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const token = "test-token"

// What the server says of failures, in the words of Vault where its clients read them.
var (
	errSealed       = errors.New("Vault is sealed")
	errDenied       = errors.New("permission denied")
	errUnsupported  = errors.New("unsupported operation")
	errNoKey        = errors.New("encryption key not found")
	errNoCiphertext = errors.New("invalid ciphertext: could not decode")
	errTooOld       = errors.New("ciphertext or signature version is disallowed by policy (too old)")
)

// Vault is a server. Its zero state serves; the methods change that.
type Vault struct {
	url string

	mu       sync.Mutex
	keys     map[string][]cipher.AEAD // by name, one per version
	oldest   int                      // version that still decrypts
	denied   string                   // operation, or "" for none
	sealed   bool
	calls    map[string]int // by operation
	received func(operation string)
}

// New starts a server, ends it with the test, and points VAULT_ADDR and VAULT_TOKEN there. Child processes inherit these.
func New(t testing.TB) *Vault {
	v := &Vault{keys: map[string][]cipher.AEAD{}, calls: map[string]int{}, oldest: 1, received: func(string) {}}
	server := httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(server.Close)
	v.url = server.URL
	t.Setenv("VAULT_ADDR", v.url)
	t.Setenv("VAULT_TOKEN", token)
	return v
}

// Key is the URI of a key, which is made at its first use.
func (v *Vault) Key(name string) string {
	return "hcvault://" + strings.TrimPrefix(v.url, "http://") + "/transit/keys/" + name
}

// Calls returns how often an operation ("encrypt" or "decrypt") was served or refused.
func (v *Vault) Calls(operation string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls[operation]
}

// Seal has the server answer nothing until it is unsealed, as a Vault that was just started does.
func (v *Vault) Seal(sealed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sealed = sealed
}

// Deny takes the permission for an operation away; "" gives all back.
func (v *Vault) Deny(operation string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.denied = operation
}

// Rotate gives a key a new version, which encrypts from now on.
func (v *Vault) Rotate(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys[name] = append(v.keys[name], newVersion())
}

// Retire sets the oldest version that decrypts: min_decryption_version.
func (v *Vault) Retire(oldest int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.oldest = oldest
}

// OnCall has f called at the beginning of each request, without any lock.
func (v *Vault) OnCall(f func(operation string)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.received = f
}

func newVersion() cipher.AEAD {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// message has the fields of requests and of answers' data.
type message struct {
	Plaintext      []byte `json:"plaintext,omitempty"` // base64 in JSON, as Vault's
	Ciphertext     string `json:"ciphertext,omitempty"`
	AssociatedData []byte `json:"associated_data,omitempty"`
	KeyVersion     int    `json:"key_version,omitempty"`
}

func (v *Vault) serve(w http.ResponseWriter, r *http.Request) {
	operation, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/transit/"), "/")
	v.mu.Lock()
	received := v.received
	v.mu.Unlock()
	received(operation)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls[operation]++
	var in, out message
	var err error
	status := http.StatusBadRequest
	switch {
	case v.sealed:
		status, err = http.StatusServiceUnavailable, errSealed
	case r.Header.Get("X-Vault-Token") != token, v.denied == operation:
		status, err = http.StatusForbidden, errDenied
	case r.Method != http.MethodPut && r.Method != http.MethodPost:
		status, err = http.StatusMethodNotAllowed, errUnsupported
	default:
		if err = json.NewDecoder(r.Body).Decode(&in); err != nil {
			break
		}
		switch operation {
		case "encrypt":
			out = v.encrypt(name, in)
		case "decrypt":
			out, err = v.decrypt(name, in)
		default:
			status, err = http.StatusNotFound, fmt.Errorf("no handler for route %q", r.URL.Path)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []string{err.Error()}})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": out})
}

func (v *Vault) encrypt(name string, in message) message {
	if v.keys[name] == nil {
		v.keys[name] = []cipher.AEAD{newVersion()}
	}
	version := len(v.keys[name])
	key := v.keys[name][version-1]
	nonce := make([]byte, key.NonceSize())
	rand.Read(nonce)
	sealed := key.Seal(nonce, nonce, in.Plaintext, in.AssociatedData)
	return message{Ciphertext: "vault:v" + strconv.Itoa(version) + ":" + base64.StdEncoding.EncodeToString(sealed), KeyVersion: version}
}

func (v *Vault) decrypt(name string, in message) (message, error) {
	if v.keys[name] == nil {
		return message{}, errNoKey
	}
	prefix, text, _ := strings.Cut(strings.TrimPrefix(in.Ciphertext, "vault:v"), ":")
	version, err := strconv.Atoi(prefix)
	sealed, textErr := base64.StdEncoding.DecodeString(text)
	if err != nil || textErr != nil || version < 1 || version > len(v.keys[name]) {
		return message{}, errNoCiphertext
	}
	if version < v.oldest {
		return message{}, errTooOld
	}
	key := v.keys[name][version-1]
	if len(sealed) < key.NonceSize() {
		return message{}, errNoCiphertext
	}
	plain, err := key.Open(nil, sealed[:key.NonceSize()], sealed[key.NonceSize():], in.AssociatedData)
	return message{Plaintext: plain}, err
}
