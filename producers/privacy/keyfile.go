package privacy

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

const (
	fileVersion = 1
	rootBytes   = 32
)

// keyFile is the keyring on disk.
type keyFile struct {
	Version   int                  `json:"version"`
	TokenRoot []byte               `json:"token_root"`
	Keys      map[string]storedKey `json:"keys"` // by key id: org/2026-11-23/1
}

// storedKey is a Tink keyset, or the memory that there was one.
type storedKey struct {
	Keyset     []byte     `json:"keyset,omitempty"`
	ShreddedAt *time.Time `json:"shredded_at,omitempty"`
}

func parseKeyID(id string) (dayOf, int, error) {
	rest, serial, _ := cutLast(id)
	org, date, ok := cutLast(rest)
	n, serialErr := strconv.Atoi(serial)
	t, dateErr := time.Parse(time.DateOnly, date)
	if !ok || org == "" || serialErr != nil || n < 1 || dateErr != nil {
		return dayOf{}, 0, fmt.Errorf("%q is not a key id (want ORG/YYYY-MM-DD/N)", id)
	}
	return newDayOf(org, t), n, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// addKey stores a new key for a day; one that has a key already keeps it.
func (f *keyFile) addKey(day dayOf) error {
	for serial := 1; ; serial++ {
		stored, exists := f.Keys[keyID(day, serial)]
		if !exists {
			_, err := f.newKey(day)
			return err
		}
		if stored.ShreddedAt == nil {
			return nil // another process was first
		}
	}
}

// newKey stores a further key for a day and returns its id.
func (f *keyFile) newKey(day dayOf) (string, error) {
	serial := 1
	for ; ; serial++ {
		if _, exists := f.Keys[keyID(day, serial)]; !exists {
			break
		}
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("create data key: %w", err)
	}
	var serialized bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&serialized)); err != nil {
		return "", fmt.Errorf("serialize data key: %w", err)
	}
	id := keyID(day, serial)
	f.Keys[id] = storedKey{Keyset: serialized.Bytes()}
	return id, nil
}

func keyID(day dayOf, serial int) string { return day.String() + "/" + strconv.Itoa(serial) }

// readKeyFile reads and checks the file; its errors name no key material.
func readKeyFile(path string) (*keyFile, os.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, nil, fmt.Errorf("%s may be read by others (mode %04o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, err
	}
	var f keyFile
	err = json.Unmarshal(content, &f)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%s is damaged (not a keyring in JSON): restore it from a backup, since what its keys sealed can't be opened without it", path)
	case f.Version != fileVersion:
		return nil, nil, fmt.Errorf("%s has keyring version %d, this Assay reads %d: use the Assay that wrote it", path, f.Version, fileVersion)
	case len(f.TokenRoot) != rootBytes:
		return nil, nil, fmt.Errorf("%s is damaged (no token key): restore it from a backup, since new tokens would not join with the old ones", path)
	}
	if f.Keys == nil {
		f.Keys = map[string]storedKey{}
	}
	return &f, info, nil
}

func readSnapshot(path string) (*snapshot, error) {
	f, info, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	snap, err := newSnapshot(f, info)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return snap, nil
}

// update changes the file while no other process does, creating it first when it is missing.
func update(path string, edit func(*keyFile) error) (*snapshot, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Close()

	f, _, err := readKeyFile(path)
	if errors.Is(err, os.ErrNotExist) {
		f = &keyFile{Version: fileVersion, TokenRoot: make([]byte, rootBytes), Keys: map[string]storedKey{}}
		rand.Read(f.TokenRoot) // never fails: crypto/rand ends the process instead
	} else if err != nil {
		return nil, err
	}
	if err := edit(f); err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode keyring: %w", err)
	}
	if err := replaceFile(path, content); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return readSnapshot(path)
}

// replaceFile puts content in path's place, whole or not at all, also when the power fails.
func replaceFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".keyring-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails after the rename, as it should
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
