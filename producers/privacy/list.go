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

// Keys lists the data keys, by organisation, day and serial, without what is secret of them.
func (k *Keyring) Keys() ([]Key, error) {
	f, _, err := readKeyFile(k.path)
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
func (k *Keyring) Rotate(org string, day time.Time) (string, error) {
	if org == "" {
		return "", fmt.Errorf("rotate: the organisation is empty")
	}
	id := ""
	_, err := k.change(func(f *keyFile) (err error) {
		id, err = f.newKey(newDayOf(org, day))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("rotate: %w", err)
	}
	return id, nil
}
