package privacy

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
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

// dataKey is one key of the file; its primitive is built at first use and kept.
type dataKey struct {
	id        string
	primitive func() (tink.AEAD, error)
}

// snapshot is a keyring file's content, indexed for use and never changed.
type snapshot struct {
	info   os.FileInfo
	root   []byte
	active map[dayOf]*dataKey  // the key that seals a day
	byID   map[string]*dataKey // every key that opens; nil when shredded
}

func newSnapshot(f *keyFile, info os.FileInfo) (*snapshot, error) {
	s := &snapshot{info: info, root: f.TokenRoot, active: map[dayOf]*dataKey{}, byID: make(map[string]*dataKey, len(f.Keys))}
	serials := map[dayOf]int{}
	for id, stored := range f.Keys {
		day, serial, err := parseKeyID(id)
		if err != nil {
			return nil, err
		}
		if stored.ShreddedAt != nil {
			s.byID[id] = nil
			continue
		}
		key := &dataKey{id: id, primitive: sync.OnceValues(func() (tink.AEAD, error) { return parsePrimitive(id, stored.Keyset) })}
		s.byID[id] = key
		if serial > serials[day] {
			serials[day], s.active[day] = serial, key
		}
	}
	return s, nil
}

func parsePrimitive(id string, serialized []byte) (tink.AEAD, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(serialized)))
	if err != nil {
		return nil, fmt.Errorf("key %s of the keyring is damaged: %w", id, err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("key %s of the keyring is not usable: %w", id, err)
	}
	return primitive, nil
}

// isOf says whether the file that info describes is still the one that was read. Every change is a rename,
// so a changed file is another file.
func (s *snapshot) isOf(info os.FileInfo) bool {
	return os.SameFile(s.info, info) && s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime())
}
