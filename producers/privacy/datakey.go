package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// dataKey is one key of the file. It is unwrapped at first use and kept, so that the KMS is asked once per key, whatever the
// number of events.
type dataKey struct {
	id     string
	day    dayOf
	stored []byte // as in the file
	kek    *kek

	ready  atomic.Pointer[tink.AEAD]
	mu     sync.Mutex // one goroutine unwraps, the others wait for it
	failed error      // for good
}

func (d *dataKey) primitive() (tink.AEAD, error) {
	if p := d.ready.Load(); p != nil {
		return *p, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.ready.Load(); p != nil {
		return *p, nil
	}
	if d.failed != nil {
		return nil, d.failed
	}
	p, err := d.parse()
	if err == nil {
		d.ready.Store(&p)
	} else if !errors.As(err, new(*KMSError)) {
		d.failed = err
	}
	return p, err
}

func (d *dataKey) parse() (tink.AEAD, error) {
	serialized, err := d.kek.unwrap(d.day.String(), d.stored)
	if errors.Is(err, ErrWrongKey) {
		return nil, fmt.Errorf("key %s of the keyring is damaged, or was wrapped under another key: %w", d.id, err)
	}
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(serialized)))
	if err != nil {
		return nil, fmt.Errorf("key %s of the keyring is damaged: %w", d.id, err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("key %s of the keyring is not usable: %w", d.id, err)
	}
	return primitive, nil
}

// newStored makes a key for a day, as it goes into the file.
func newStored(day dayOf, k *kek) (storedKey, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return storedKey{}, fmt.Errorf("create data key: %w", err)
	}
	var serialized bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&serialized)); err != nil {
		return storedKey{}, fmt.Errorf("serialize data key: %w", err)
	}
	wrapped, err := k.wrap(day.String(), serialized.Bytes())
	return storedKey{Keyset: wrapped}, err
}
