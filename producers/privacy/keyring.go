package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"golang.org/x/sync/singleflight"
)

// ErrKeyGone says that a payload's key was shredded: its plaintext no longer exists anywhere.
var ErrKeyGone = errors.New("the key was shredded, what it sealed is erased")

// recheck bounds for how long a key that another process shredded is still honoured here.
const recheck = time.Second

// Keyring holds the data keys and the token key of one installation in one file, which it shares with
// other processes. Its methods may be called from many goroutines.
type Keyring struct {
	path string
	kek  *kek // nil where the file's keys aren't wrapped

	mu        sync.Mutex               // one writer or re-reader at a time
	current   atomic.Pointer[snapshot] // what the file said when it was last read
	checked   atomic.Int64             // when the file was last looked at, in ns since started
	started   time.Time
	creating  singleflight.Group // by day
	tokenKeys sync.Map           // org -> *sync.Pool of keyed hashes
}

// Option is a choice of OpenKeyring.
type Option func(*Keyring) error

// WrappedBy says that the keys in the file are wrapped by a key of a KMS, which unwraps each of them once per process: the token
// key at OpenKeyring, a day's at its first use. A file that is not wrapped by the key of this very URI is refused. Package kms has
// clients; the client's AEAD must bound how long it takes.
func WrappedBy(client registry.KMSClient, uri string) Option {
	return func(k *Keyring) (err error) {
		k.kek, err = newKEK(uri, client)
		return err
	}
}

// OpenKeyring reads the keyring at path, and creates it with a fresh token key when there is no such file.
func OpenKeyring(path string, options ...Option) (*Keyring, error) {
	k := &Keyring{path: path, started: time.Now()}
	for _, option := range options {
		if err := option(k); err != nil {
			return nil, fmt.Errorf("open keyring: %w", err)
		}
	}
	snap, err := readSnapshot(path, k.kek, nil)
	if errors.Is(err, os.ErrNotExist) {
		if err = createFile(path, k.kek); err == nil {
			snap, err = readSnapshot(path, k.kek, nil)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	k.current.Store(snap)
	return k, nil
}

// fresh is the file's content, looked at again when the last look is older than recheck.
func (k *Keyring) fresh() (*snapshot, error) {
	now := int64(time.Since(k.started))
	if now-k.checked.Load() < int64(recheck) {
		return k.current.Load(), nil
	}
	return k.reload()
}

// reload reads the file again if it changed.
func (k *Keyring) reload() (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if err == nil && !k.current.Load().isOf(info) {
		err = k.install()
	}
	if err != nil {
		return nil, fmt.Errorf("read keyring: %w", err)
	}
	k.checked.Store(int64(time.Since(k.started)))
	return k.current.Load(), nil
}

// change applies edit to the file under its lock and installs the result.
func (k *Keyring) change(edit func(*keyFile)) (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := editFile(k.path, func(f *keyFile) error {
		if err := k.kek.check(k.path, f); err != nil {
			return err
		}
		root, err := k.current.Load().tokenRoot(f, k.kek)
		if err == nil {
			err = k.sameInstallation(root)
		}
		if err == nil {
			edit(f)
		}
		return err
	})
	if err == nil {
		err = k.install()
	}
	if err != nil {
		return nil, fmt.Errorf("change keyring: %w", err)
	}
	k.checked.Store(int64(time.Since(k.started)))
	return k.current.Load(), nil
}

// install reads the file; k.mu is held.
func (k *Keyring) install() error {
	snap, err := readSnapshot(k.path, k.kek, k.current.Load())
	if err != nil {
		return err
	}
	if err := k.sameInstallation(snap.root); err != nil {
		return err
	}
	k.current.Store(snap)
	return nil
}

// sameInstallation refuses a file with another token key: tokens made from here on would not join.
func (k *Keyring) sameInstallation(root []byte) error {
	if bytes.Equal(root, k.current.Load().root) {
		return nil
	}
	return fmt.Errorf("%s was replaced by another installation's keyring: put the former one back, or restart to go on with new tokens", k.path)
}

// create gives a day a key, unless it has one, and returns that. The KMS is asked outside of the file's lock, and once for all
// who wait for the same day.
func (k *Keyring) create(day dayOf) (*dataKey, error) {
	made, err, _ := k.creating.Do(day.String(), func() (any, error) {
		if key := k.current.Load().active[day]; key != nil {
			return key, nil
		}
		stored, err := newStored(day, k.kek)
		if err != nil {
			return nil, err
		}
		snap, err := k.change(func(f *keyFile) { f.add(day, stored) })
		if err != nil {
			return nil, err
		}
		return snap.active[day], nil
	})
	if err != nil {
		return nil, err
	}
	return made.(*dataKey), nil
}
