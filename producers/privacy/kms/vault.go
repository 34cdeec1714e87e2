package kms

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/core/registry"
)

// newVault connects to the URI's host by HTTPS. Where that is the host of VAULT_ADDR, or the URI has none
// (hcvault:///transit/keys/NAME), VAULT_ADDR says how: so an agent on this machine can be asked by HTTP.
func newVault(uri string) (registry.KMSClient, error) {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" { // never quoted: it may hold a password
		return nil, errors.New("a key of Vault is named hcvault://HOST:PORT/transit/keys/NAME, and logins come from VAULT_TOKEN")
	}
	parts := strings.Split(u.Path, "/")
	n := len(parts)
	if n < 4 || parts[n-2] != "keys" || parts[n-1] == "" {
		return nil, fmt.Errorf("%s is no key of a transit engine: name it hcvault://HOST:PORT/transit/keys/NAME", uri)
	}
	settings := api.DefaultConfig()
	if settings.Error != nil {
		return nil, fmt.Errorf("read the settings of Vault (VAULT_*): %w", settings.Error)
	}
	if at, err := url.Parse(settings.Address); u.Host != "" && (err != nil || at.Host != u.Host) {
		settings.Address = "https://" + u.Host
	}
	if os.Getenv(api.EnvVaultClientTimeout) == "" {
		settings.Timeout = attemptLimit
	}
	if os.Getenv(api.EnvVaultMaxRetries) == "" {
		settings.MaxRetries, settings.MinRetryWait, settings.MaxRetryWait = 1, 100*time.Millisecond, 200*time.Millisecond
	}
	connection, err := api.NewClient(settings)
	if err != nil {
		return nil, fmt.Errorf("make a client of Vault: %w", err)
	}
	client, err := hcvault.NewClientWithAEADOptions(uri, connection.Logical())
	if err != nil {
		return nil, fmt.Errorf("make a client of Vault: %w", err)
	}
	mount, name := strings.Join(parts[1:n-2], "/"), parts[n-1]
	return &judged{client, func(operation string, err error) error {
		return judgeVault(mount+"/"+operation+"/"+name, err)
	}}, nil
}

// judgeVault reads the statuses of https://developer.hashicorp.com/vault/api-docs#http-status-codes. What it doesn't name (sealed,
// standby, rate limits, networks) passes.
func judgeVault(path string, err error) error {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return locked(err, "Vault's certificate is not trusted: give its authority by VAULT_CACERT")
	}
	var answer *api.ResponseError
	if !errors.As(err, &answer) {
		return nil
	}
	said := strings.Join(answer.Errors, " ")
	switch status := answer.StatusCode; {
	case status == http.StatusForbidden, strings.Contains(said, "missing client token"):
		return locked(err, "Vault denies update on %s: give a valid token by VAULT_TOKEN whose policy allows update on it (encrypt and decrypt are needed)", path)
	case status == http.StatusBadRequest && (strings.Contains(said, "message authentication failed") || strings.Contains(said, "invalid ciphertext")):
		return wrongKey(err)
	case status == http.StatusBadRequest && strings.Contains(said, "too old"):
		return locked(err, "the keyring was wrapped by a version of the key below its min_decryption_version: lower that, run `assay keys wrap` for the newest version, and raise it again")
	case status == http.StatusBadRequest, status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return locked(err, "Vault can't serve %s: check that a transit engine is there and has the key, of a type that takes associated data (aes256-gcm96)", path)
	}
	return nil
}
