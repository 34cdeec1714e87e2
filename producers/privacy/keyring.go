package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrKeyGone says that a payload's key was shredded: its plaintext no longer exists anywhere.
var ErrKeyGone = errors.New("the key was shredded, what it sealed is erased")

// recheck bounds for how long a key that another process shredded is still honoured here.
const recheck = time.Second

// Keyring holds the data keys and the token key of one installation in one file, which it shares with
// other processes. Its methods may be called from many goroutines.
type Keyring struct {
	path string

	mu        sync.Mutex               // one writer or re-reader at a time
	current   atomic.Pointer[snapshot] // what the file said when it was last read
	checked   atomic.Int64             // when the file was last looked at, in ns since started
	started   time.Time
	tokenKeys sync.Map // org -> *sync.Pool of keyed hashes
}

// OpenKeyring reads the keyring at path, and creates it with a fresh token key when there is no such file.
func OpenKeyring(path string) (*Keyring, error) {
	k := &Keyring{path: path, started: time.Now()}
	snap, err := readSnapshot(path)
	if errors.Is(err, os.ErrNotExist) {
		snap, err = update(path, func(*keyFile) error { return nil })
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
	snap := k.current.Load()
	info, err := os.Stat(k.path)
	if err != nil {
		return nil, fmt.Errorf("read keyring: %w", err)
	}
	if !snap.isOf(info) {
		if snap, err = readSnapshot(k.path); err != nil {
			return nil, fmt.Errorf("read keyring: %w", err)
		}
		if err := k.sameInstallation(snap.root); err != nil {
			return nil, fmt.Errorf("read keyring: %w", err)
		}
		k.current.Store(snap)
	}
	k.checked.Store(int64(time.Since(k.started)))
	return snap, nil
}

// change applies edit to the file under its lock and installs the result.
func (k *Keyring) change(edit func(*keyFile) error) (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := os.Stat(k.path); err != nil {
		// A keyring that vanished must not be replaced by an empty one: its keys would be forgotten.
		return nil, fmt.Errorf("change keyring: %w", err)
	}
	snap, err := update(k.path, func(f *keyFile) error {
		if err := k.sameInstallation(f.TokenRoot); err != nil {
			return err
		}
		return edit(f)
	})
	if err != nil {
		return nil, fmt.Errorf("change keyring: %w", err)
	}
	k.current.Store(snap)
	k.checked.Store(int64(time.Since(k.started)))
	return snap, nil
}

// sameInstallation refuses a file with another token key: tokens made from here on would not join.
func (k *Keyring) sameInstallation(root []byte) error {
	if bytes.Equal(root, k.current.Load().root) {
		return nil
	}
	return fmt.Errorf("%s was replaced by another installation's keyring: put the former one back, or restart to go on with new tokens", k.path)
}
