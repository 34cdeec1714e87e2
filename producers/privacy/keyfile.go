package privacy

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	plainVersion   = 1
	wrappedVersion = 2 // every key is wrapped: who doesn't know of that must not read it
	rootBytes      = 32
)

// keyFile is the keyring on disk.
type keyFile struct {
	Version   int                  `json:"version"`
	KEK       string               `json:"kek,omitempty"` // the URI of the key that wraps all others
	TokenRoot []byte               `json:"token_root"`
	Keys      map[string]storedKey `json:"keys"` // by key id: org/2026-11-23/1
}

// storedKey is a Tink keyset, wrapped where the file has a KEK, or the memory that there was one.
type storedKey struct {
	Keyset     []byte     `json:"keyset,omitempty"`
	ShreddedAt *time.Time `json:"shredded_at,omitempty"`
}

func newKeyFile(k *kek) (*keyFile, error) {
	root := make([]byte, rootBytes)
	rand.Read(root) // never fails: crypto/rand ends the process instead
	f := &keyFile{Version: plainVersion, Keys: map[string]storedKey{}}
	if k != nil {
		f.Version, f.KEK = wrappedVersion, k.uri
	}
	var err error
	f.TokenRoot, err = k.wrap(rootName, root)
	return f, err
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

// add stores a key for a day; one that has a key already keeps it.
func (f *keyFile) add(day dayOf, key storedKey) {
	for serial := 1; ; serial++ {
		stored, exists := f.Keys[keyID(day, serial)]
		if !exists {
			f.append(day, key)
			return
		}
		if stored.ShreddedAt == nil {
			return // another process was first
		}
	}
}

// append stores a further key for a day and returns its id.
func (f *keyFile) append(day dayOf, key storedKey) string {
	for serial := 1; ; serial++ {
		id := keyID(day, serial)
		if _, exists := f.Keys[id]; !exists {
			f.Keys[id] = key
			return id
		}
	}
}

// shred destroys a day's keys and returns how many there were.
func (f *keyFile) shred(day dayOf, at time.Time) (count int) {
	for serial := 1; ; serial++ {
		id := keyID(day, serial)
		stored, exists := f.Keys[id]
		if !exists {
			return count
		}
		if stored.ShreddedAt == nil {
			f.Keys[id] = storedKey{ShreddedAt: &at}
			count++
		}
	}
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
	wrapped := f.Version == wrappedVersion
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%s is damaged (not a keyring in JSON): restore it from a backup, since what its keys sealed can't be opened without it", path)
	case f.Version != plainVersion && !wrapped:
		return nil, nil, fmt.Errorf("%s has keyring version %d, this Assay reads up to %d: use the Assay that wrote it", path, f.Version, wrappedVersion)
	case wrapped != (f.KEK != ""):
		return nil, nil, fmt.Errorf("%s is damaged (version %d, and its key-encryption key is %q): restore it from a backup", path, f.Version, f.KEK)
	case len(f.TokenRoot) == 0, !wrapped && len(f.TokenRoot) != rootBytes:
		return nil, nil, fmt.Errorf("%s is damaged (no token key): restore it from a backup, since new tokens would not join with the old ones", path)
	}
	if f.Keys == nil {
		f.Keys = map[string]storedKey{}
	}
	return &f, info, nil
}
