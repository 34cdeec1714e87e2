package privacy

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Seal encrypts plaintext under the key of an organisation's UTC day, creating the key when the day has
// none, with AES-256-GCM in Tink's format. aad, the event id by convention, is not stored and must be given
// to Open again, so that a sealed payload can't be moved to another event. The key id is not secret. Its error is a *KMSError
// where the key must be had of the KMS and can't be: nothing else ever seals.
func (k *Keyring) Seal(org string, day time.Time, plaintext, aad []byte) (sealed []byte, keyID string, err error) {
	if org == "" || !utf8.ValidString(org) {
		return nil, "", errors.New("seal: the organisation is empty or not UTF-8")
	}
	if year := day.UTC().Year(); year < 1970 || year > 9999 {
		return nil, "", fmt.Errorf("seal: the year %d is outside 1970 to 9999", year)
	}
	snap, err := k.fresh()
	if err != nil {
		return nil, "", fmt.Errorf("seal: %w", err)
	}
	name := newDayOf(org, day)
	key := snap.active[name]
	if key == nil {
		if key, err = k.create(name); err != nil {
			return nil, "", fmt.Errorf("seal: %w", err)
		}
	}
	primitive, err := key.primitive()
	if err != nil {
		return nil, "", fmt.Errorf("seal: %w", err)
	}
	if sealed, err = primitive.Encrypt(plaintext, aad); err != nil {
		return nil, "", fmt.Errorf("seal with key %s: %w", key.id, err)
	}
	return sealed, key.id, nil
}

// Open decrypts what Seal returned for the same organisation and aad. Its error is ErrKeyGone when the key
// was shredded, a *KMSError when the key can't be had of the KMS, and another one when the bytes were changed or belong to another
// event.
func (k *Keyring) Open(org, keyID string, sealed, aad []byte) ([]byte, error) {
	if rest, _, _ := cutLast(keyID); !strings.HasPrefix(rest, org+"/") || strings.Contains(rest[len(org)+1:], "/") {
		return nil, fmt.Errorf("open: key %q is not one of organisation %q", keyID, org)
	}
	snap, err := k.fresh()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	key, known := snap.byID[keyID]
	if !known { // another process may have made it a moment ago
		if snap, err = k.reload(); err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
		if key, known = snap.byID[keyID]; !known {
			return nil, fmt.Errorf("open: key %s is not in %s: the payload was sealed with another keyring", keyID, k.path)
		}
	}
	if key == nil {
		return nil, fmt.Errorf("open with key %s: %w", keyID, ErrKeyGone)
	}
	primitive, err := key.primitive()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	plain, err := primitive.Decrypt(sealed, aad)
	if err != nil {
		return nil, fmt.Errorf("open with key %s: the payload was changed or belongs to another event", keyID)
	}
	return plain, nil
}
