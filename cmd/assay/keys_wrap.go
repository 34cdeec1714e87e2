package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tink-crypto/tink-go/v2/core/registry"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms"
)

// kekOption names the key that wraps the keyring's.
type kekOption struct {
	KEK string `name:"keyring-kek" env:"ASSAY_KEYRING_KEK" placeholder:"URI" help:"Key of a KMS that wraps the keyring's keys: aws-kms://arn:aws:kms:... or hcvault://HOST:PORT/transit/keys/NAME. Default: they are not wrapped."`
}

// openKeyring makes a keyring where there is none.
func (o kekOption) openKeyring(path string) (*privacy.Keyring, error) {
	if o.KEK == "" {
		return privacy.OpenKeyring(path)
	}
	client, err := kms.Client(context.Background(), o.KEK)
	if err != nil {
		return nil, fmt.Errorf("use --keyring-kek: %w", err)
	}
	return privacy.OpenKeyring(path, privacy.WrappedBy(client, o.KEK))
}

// keyringPath is where an existing keyring is.
type keyringPath struct {
	Data    string `type:"path" env:"ASSAY_DATA" placeholder:"DIR" help:"Data folder of a local instance, which holds the keyring."`
	Keyring string `type:"path" env:"ASSAY_KEYRING" placeholder:"FILE" help:"File of the keys, the one that every process is given."`
}

// existing never leads to a new keyring: the keys of that would have sealed nothing.
func (p keyringPath) existing() (string, error) {
	path := p.Keyring
	switch {
	case path != "":
	case p.Data != "":
		path = keyringFile(p.Data)
	default:
		return "", errors.New("where are the sealing keys? Give --keyring FILE, or --data DIR for a local instance")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("open keyring: %w", err)
	}
	return path, nil
}

type wrapKeysCommand struct {
	keyringPath
	KEK string `name:"kek" required:"" placeholder:"URI" help:"Key of a KMS: aws-kms://arn:aws:kms:... or hcvault://HOST:PORT/transit/keys/NAME."`
}

// Help is what --help adds.
func (*wrapKeysCommand) Help() string {
	return `Moves the keys under the KMS' key, also from under another one, which must still serve, or to the newest version of the same one. The file is
replaced when every key is proved to open, or not at all. Processes that run stop at their next look at the file and say so: start
them with --keyring-kek. Copies of the file from before hold the keys as they were: delete them.`
}

func (w *wrapKeysCommand) Run() error {
	n, err := w.rewrap(w.KEK)
	if err != nil {
		return err
	}
	fmt.Printf("the token key and %d keys of days are wrapped: start every process with --keyring-kek %s, and delete copies of the file from before\n", n, w.KEK)
	return nil
}

type unwrapKeysCommand struct{ keyringPath }

func (u *unwrapKeysCommand) Run() error {
	n, err := u.rewrap("")
	if err != nil {
		return err
	}
	fmt.Printf("the token key and %d keys of days are not wrapped any more: start every process without --keyring-kek\n", n)
	return nil
}

func (p keyringPath) rewrap(to string) (int, error) {
	path, err := p.existing()
	if err != nil {
		return 0, err
	}
	return privacy.Rewrap(path, to, func(uri string) (registry.KMSClient, error) { return kms.Client(context.Background(), uri) })
}
