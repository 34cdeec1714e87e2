package privacy

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/tink"
)

var (
	// ErrLocked says that the keyring stays closed to this process until a person acts: its key-encryption key may not be used,
	// or isn't the one that was given. A KMS client says so by wrapping it; its other errors pass with time.
	ErrLocked = errors.New("the keyring is locked")
	// ErrWrongKey says that the key-encryption key is not the one that wrapped these bytes, or that they were changed.
	ErrWrongKey = errors.New("the key-encryption key doesn't open it")
)

// KMSError says that a key could not be had of the KMS. Nothing was sealed or opened, and nothing is known of the key: whoever
// gets it must try again, or stop where it is ErrLocked, too.
type KMSError struct {
	After time.Duration // until it is worth another attempt
	err   error
}

func (e *KMSError) Error() string { return e.err.Error() }
func (e *KMSError) Unwrap() error { return e.err }

// rootName is the token key's name where it is wrapped; a day's key has its ORG/YYYY-MM-DD.
const rootName = "token_root"

// kek is the key-encryption key; a nil one leaves keys as they are. While the KMS fails it is asked at growing intervals, not
// once per event.
type kek struct {
	uri  string
	aead tink.AEAD

	mu     sync.Mutex
	pauses backoff.BackOff
	until  time.Time // nobody asks before
	last   error     // why
}

func newKEK(uri string, client registry.KMSClient) (*kek, error) {
	aead, err := client.GetAEAD(uri)
	if err != nil {
		return nil, fmt.Errorf("use the key-encryption key %s: %w", uri, err)
	}
	return &kek{uri: uri, aead: aead, pauses: backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(time.Second), backoff.WithMaxInterval(30*time.Second), backoff.WithMaxElapsedTime(0))}, nil
}

// wrap encrypts a key's bytes for the file, so that they open under the same name alone.
func (k *kek) wrap(name string, key []byte) ([]byte, error) {
	if k == nil {
		return key, nil
	}
	wrapped, err := k.ask(func() ([]byte, error) { return k.aead.Encrypt(key, binding(name)) })
	if err != nil {
		return nil, fmt.Errorf("wrap key %s under %s: %w", name, k.uri, err)
	}
	return wrapped, nil
}

// unwrap is wrap's reverse. Its error is a *KMSError, or ErrWrongKey.
func (k *kek) unwrap(name string, stored []byte) ([]byte, error) {
	if k == nil {
		return stored, nil
	}
	key, err := k.ask(func() ([]byte, error) { return k.aead.Decrypt(stored, binding(name)) })
	if err != nil {
		return nil, fmt.Errorf("unwrap key %s with %s: %w", name, k.uri, err)
	}
	return key, nil
}

// binding is the associated data of a wrapped key: no wrapped key can take another's place.
func binding(name string) []byte { return []byte("assay keyring " + name) }

func (k *kek) ask(kms func() ([]byte, error)) ([]byte, error) {
	if err := k.paused(); err != nil {
		return nil, err
	}
	answer, err := kms()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil:
		k.pauses.Reset()
		k.until = time.Time{}
		return answer, nil
	case errors.Is(err, ErrWrongKey): // that key's fault alone
		return nil, err
	}
	if now := time.Now(); now.After(k.until) { // of those who asked at once, one counts
		k.until = now.Add(k.pauses.NextBackOff())
	}
	k.last = err
	return nil, &KMSError{After: time.Until(k.until), err: err}
}

func (k *kek) paused() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if left := time.Until(k.until); left > 0 {
		return &KMSError{After: left, err: k.last}
	}
	return nil
}

// check refuses a file that is wrapped under another key than this one, or not as this one asks.
func (k *kek) check(path string, f *keyFile) error {
	const give = "--keyring-kek or ASSAY_KEYRING_KEK"
	var err error
	switch {
	case k == nil && f.KEK == "", k != nil && f.KEK == k.uri:
		return nil
	case k == nil:
		err = fmt.Errorf("%w: %s is wrapped under %s: give that by %s", ErrLocked, path, f.KEK, give)
	case f.KEK == "":
		err = fmt.Errorf("%w: %s is not wrapped, and shall be under %s: run `assay keys wrap --kek %s`, or leave out %s", ErrLocked, path, k.uri, k.uri, give)
	default:
		err = fmt.Errorf("%w: %s is wrapped under %s, not under %s: give the former by %s, or move the keys by `assay keys wrap`", ErrLocked, path, f.KEK, k.uri, give)
	}
	return &KMSError{err: err}
}
