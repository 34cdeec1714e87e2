package privacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// createFile makes a keyring file with a fresh token key, unless another process was first.
func createFile(path string, k *kek) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return alone(path, func() error {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		f, err := newKeyFile(k)
		if err != nil {
			return err
		}
		return writeKeyFile(path, f)
	})
}

// editFile changes the file while no other process does. One that vanished must not be replaced by an empty one: its keys would
// be forgotten.
func editFile(path string, edit func(*keyFile) error) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	return alone(path, func() error {
		f, _, err := readKeyFile(path)
		if err != nil {
			return err
		}
		if err := edit(f); err != nil {
			return err
		}
		return writeKeyFile(path, f)
	})
}

// alone holds the file's lock. Readers need none: they see the file before a change or after it.
func alone(path string, do func() error) error {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Close()
	return do()
}

func writeKeyFile(path string, f *keyFile) error {
	content, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return fmt.Errorf("encode keyring: %w", err)
	}
	if err := replaceFile(path, content); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// replaceFile puts content in path's place, whole or not at all, also when the power fails. The lock must be held: what a
// killed process left half written has the same name, so that the next change takes it away.
func replaceFile(path string, content []byte) error {
	next := path + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
