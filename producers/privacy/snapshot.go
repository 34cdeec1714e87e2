package privacy

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// dayOf names an organisation's UTC day.
type dayOf struct {
	org string
	day int64 // days since 1970-01-01
}

func newDayOf(org string, t time.Time) dayOf {
	seconds := t.Unix()
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return dayOf{org, day}
}

func (d dayOf) String() string { return d.org + "/" + d.date() }

func (d dayOf) date() string { return time.Unix(d.day*86400, 0).UTC().Format(time.DateOnly) }

// snapshot is a keyring file's content, indexed for use and never changed.
type snapshot struct {
	info   os.FileInfo
	root   []byte              // the token key
	stored []byte              // the same as in the file
	active map[dayOf]*dataKey  // the key that seals a day
	byID   map[string]*dataKey // every key that opens; nil when shredded
}

// readSnapshot reads the file. Keys that former, if there is one, has unwrapped already stay so.
func readSnapshot(path string, k *kek, former *snapshot) (*snapshot, error) {
	f, info, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	if err := k.check(path, f); err != nil {
		return nil, err
	}
	s := &snapshot{info: info, stored: f.TokenRoot, active: map[dayOf]*dataKey{}, byID: make(map[string]*dataKey, len(f.Keys))}
	serials := map[dayOf]int{}
	for id, stored := range f.Keys {
		day, serial, err := parseKeyID(id)
		if err != nil {
			return nil, fmt.Errorf("%s is damaged: %w", path, err)
		}
		if stored.ShreddedAt != nil {
			s.byID[id] = nil
			continue
		}
		key := former.key(id, stored)
		if key == nil {
			key = &dataKey{id: id, day: day, stored: stored.Keyset, kek: k}
		}
		s.byID[id] = key
		if serial > serials[day] {
			serials[day], s.active[day] = serial, key
		}
	}
	s.root, err = former.tokenRoot(f, k)
	return s, err
}

// key is the one that the snapshot has of the same name and content.
func (s *snapshot) key(id string, stored storedKey) *dataKey {
	if s == nil || s.byID[id] == nil || !bytes.Equal(s.byID[id].stored, stored.Keyset) {
		return nil
	}
	return s.byID[id]
}

// tokenRoot is the file's token key, unwrapped unless the snapshot has it already.
func (s *snapshot) tokenRoot(f *keyFile, k *kek) ([]byte, error) {
	if s != nil && bytes.Equal(s.stored, f.TokenRoot) {
		return s.root, nil
	}
	root, err := k.unwrap(rootName, f.TokenRoot)
	if err == nil && len(root) != rootBytes {
		err = fmt.Errorf("the keyring is damaged: its token key has %d bytes", len(root))
	}
	return root, err
}

// isOf says whether the file that info describes is still the one that was read. Every change is a rename,
// so a changed file is another file.
func (s *snapshot) isOf(info os.FileInfo) bool {
	return os.SameFile(s.info, info) && s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime())
}
