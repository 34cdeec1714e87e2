package privacy

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Key is what may be said of a data key.
type Key struct {
	ID         string     `json:"id"` // ORG/YYYY-MM-DD/N
	Org        string     `json:"org"`
	Day        string     `json:"day"` // UTC
	Serial     int        `json:"serial"`
	Active     bool       `json:"active"` // seals what comes of its day
	ShreddedAt *time.Time `json:"shredded_at,omitempty"`
}

// Keys is ListKeys of the keyring's file.
func (k *Keyring) Keys() ([]Key, error) { return ListKeys(k.path) }

// ListKeys lists the data keys of the keyring at path, by organisation, day and serial, without what is secret of them. It needs
// no KMS.
func ListKeys(path string) ([]Key, error) {
	f, _, err := readKeyFile(path)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys := make([]Key, 0, len(f.Keys))
	newest := map[dayOf]int{}
	for id, stored := range f.Keys {
		day, serial, err := parseKeyID(id)
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		keys = append(keys, Key{ID: id, Org: day.org, Day: day.date(), Serial: serial, ShreddedAt: stored.ShreddedAt})
		if stored.ShreddedAt == nil {
			newest[day] = max(newest[day], serial)
		}
	}
	for i, key := range keys {
		day, serial, _ := parseKeyID(key.ID)
		keys[i].Active = key.ShreddedAt == nil && newest[day] == serial
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Serial, b.Serial))
	})
	return keys, nil
}

// Rotate gives an organisation's UTC day a new key, which seals from now on (in other processes within a second), and returns
// its id. What the day's former keys sealed opens as before.
func (k *Keyring) Rotate(org string, day time.Time) (id string, err error) {
	if org == "" {
		return "", fmt.Errorf("rotate: the organisation is empty")
	}
	name := newDayOf(org, day)
	stored, err := newStored(name, k.kek)
	if err == nil {
		_, err = k.change(func(f *keyFile) { id = f.append(name, stored) })
	}
	if err != nil {
		return "", fmt.Errorf("rotate: %w", err)
	}
	return id, nil
}

// Shred is ShredKeys of the keyring's file, and forgets the keys here.
func (k *Keyring) Shred(org string, day time.Time) (count int, err error) {
	if _, err = k.change(func(f *keyFile) { count = f.shred(newDayOf(org, day), shredTime()) }); err != nil {
		return 0, fmt.Errorf("shred: %w", err)
	}
	return count, nil
}

// ShredKeys destroys the keys of an organisation's UTC day in the keyring at path and returns how many there were. What they
// sealed can't be opened again by anyone who has no copy of the file; processes notice within a second. Events of that day that
// arrive later are sealed under a new key. It needs no KMS: an erasure doesn't wait for one.
func ShredKeys(path, org string, day time.Time) (count int, err error) {
	err = editFile(path, func(f *keyFile) error {
		count = f.shred(newDayOf(org, day), shredTime())
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("shred: %w", err)
	}
	return count, nil
}

func shredTime() time.Time { return time.Now().UTC().Truncate(time.Second) }
