// Package kms gives privacy.OpenKeyring the client of the key management service that wraps a keyring's keys, chosen by the URI
// of the key: AWS KMS, and the transit engine of HashiCorp Vault and OpenBao. Who uses another service gives privacy.WrappedBy a
// client of Tink's for it.
//
// The clients are Tink's own. What the package adds is how long they may take and what their errors mean: which pass with time,
// and which wait for a person, who is told what to do. It must not log, and holds no key.
package kms

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/assayhq/assay/producers/privacy"
)

const (
	attemptLimit = 5 * time.Second  // for one request
	callLimit    = 12 * time.Second // for one key, repetitions included
)

// The beginnings of the URIs of keys.
const (
	awsScheme   = "aws-kms://"
	vaultScheme = "hcvault://"
)

// Forms says which URIs Client takes.
const Forms = "aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID or hcvault://HOST:PORT/transit/keys/NAME"

// Client returns the client of the service that has the key. Logins are those of the services' own tools: AWS' default chain
// (environment, profile, web identity, role of container or machine), and Vault's VAULT_TOKEN, VAULT_CACERT, VAULT_NAMESPACE and so
// on. It does not connect yet.
func Client(ctx context.Context, uri string) (registry.KMSClient, error) {
	switch {
	case strings.HasPrefix(uri, awsScheme):
		return newAWS(ctx, uri)
	case strings.HasPrefix(uri, vaultScheme):
		return newVault(uri)
	}
	return nil, fmt.Errorf("a key-encryption key is named %s", Forms)
}

// judge words the error of an operation ("encrypt" or "decrypt"), wrapping privacy.ErrLocked or ErrWrongKey where it is one; nil
// where it passes with time.
type judge func(operation string, err error) error

// judged is a client whose errors say what to do.
type judged struct {
	registry.KMSClient
	judge judge
}

// GetAEAD implements registry.KMSClient.
func (c *judged) GetAEAD(uri string) (tink.AEAD, error) {
	aead, err := c.KMSClient.GetAEAD(uri)
	if err != nil {
		return nil, err
	}
	return &judgedAEAD{aead, c.judge}, nil
}

type judgedAEAD struct {
	aead  tink.AEAD
	judge judge
}

// Encrypt implements tink.AEAD.
func (a *judgedAEAD) Encrypt(plaintext, associated []byte) ([]byte, error) {
	return a.call("encrypt", plaintext, associated, a.aead.Encrypt, tink.AEADWithContext.EncryptWithContext)
}

// Decrypt implements tink.AEAD.
func (a *judgedAEAD) Decrypt(ciphertext, associated []byte) ([]byte, error) {
	return a.call("decrypt", ciphertext, associated, a.aead.Decrypt, tink.AEADWithContext.DecryptWithContext)
}

func (a *judgedAEAD) call(operation string, in, associated []byte, plain func(in, associated []byte) ([]byte, error),
	bounded func(a tink.AEADWithContext, ctx context.Context, in, associated []byte) ([]byte, error),
) (out []byte, err error) {
	if with, ok := a.aead.(tink.AEADWithContext); ok {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		out, err = bounded(with, ctx, in, associated)
	} else {
		out, err = plain(in, associated)
	}
	if err == nil {
		return out, nil
	}
	if said := a.judge(operation, err); said != nil {
		return nil, said
	}
	return nil, fmt.Errorf("the KMS doesn't serve, check that it runs and can be reached from here, and how this process logs in: %w", err)
}

// locked is an error that waits for a person, who is told what to do.
func locked(cause error, todo string, args ...any) error {
	return fmt.Errorf("%w: %s (%w)", privacy.ErrLocked, fmt.Sprintf(todo, args...), cause)
}

func wrongKey(cause error) error { return fmt.Errorf("%w (%w)", privacy.ErrWrongKey, cause) }
