package privacy

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"golang.org/x/sync/errgroup"
)

// rewrapCalls is how many keys are under way to the KMS at once.
const rewrapCalls = 8

// Rewrap moves every key of the keyring at path under the key-encryption key to, from under the one that wraps them now, and
// returns how many it moved. An empty URI stands for none, for which clients isn't asked. Each moved key was unwrapped again for
// a check before the file is replaced: all at once, or not at all. The same URI again takes the keys to the newest version of
// that key.
func Rewrap(path, to string, clients func(uri string) (registry.KMSClient, error)) (moved int, err error) {
	err = editFile(path, func(f *keyFile) error {
		if f.KEK == "" && to == "" {
			return errors.New("its keys are not wrapped")
		}
		from, err := kekOf(f.KEK, clients)
		if err != nil {
			return err
		}
		target, err := kekOf(to, clients)
		if err != nil {
			return err
		}
		if f.TokenRoot, err = rewrapped(rootName, f.TokenRoot, from, target); err != nil {
			return err
		}
		moved, err = f.rewrap(from, target)
		f.Version, f.KEK = plainVersion, to
		if target != nil {
			f.Version = wrappedVersion
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("rewrap %s: %w: nothing was changed", path, err)
	}
	return moved, nil
}

func kekOf(uri string, clients func(uri string) (registry.KMSClient, error)) (*kek, error) {
	if uri == "" {
		return nil, nil
	}
	client, err := clients(uri)
	if err != nil {
		return nil, err
	}
	return newKEK(uri, client)
}

// rewrap moves the data keys and returns their number. After an error the keys in the file are the former ones.
func (f *keyFile) rewrap(from, to *kek) (int, error) {
	ids := make([]string, 0, len(f.Keys))
	for id, stored := range f.Keys {
		if stored.ShreddedAt == nil {
			ids = append(ids, id)
		}
	}
	moved := make([][]byte, len(ids))
	var g errgroup.Group
	g.SetLimit(rewrapCalls)
	for i, id := range ids {
		stored := f.Keys[id].Keyset
		g.Go(func() error {
			day, _, err := parseKeyID(id)
			if err != nil {
				return err
			}
			moved[i], err = rewrapped(day.String(), stored, from, to)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	for i, id := range ids {
		f.Keys[id] = storedKey{Keyset: moved[i]}
	}
	return len(ids), nil
}

// rewrapped is one key under another KEK, proved to open.
func rewrapped(name string, stored []byte, from, to *kek) ([]byte, error) {
	key, err := from.unwrap(name, stored)
	if err != nil {
		return nil, err
	}
	moved, err := to.wrap(name, key)
	if err != nil {
		return nil, err
	}
	again, err := to.unwrap(name, moved)
	if err == nil && !bytes.Equal(again, key) {
		err = fmt.Errorf("the KMS gave another key back for %s than it was given", name)
	}
	return moved, err
}
