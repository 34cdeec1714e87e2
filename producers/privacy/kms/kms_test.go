package kms

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

func aeadOf(t *testing.T, uri string) tink.AEAD {
	t.Helper()
	client, err := Client(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := client.GetAEAD(uri)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

const arnURI = "aws-kms://arn:aws:kms:eu-central-1:123456789012:key/16095442-bee0-4210-a781-0cd7243aee21"

// withoutProfiles keeps the login of who runs the tests, and of the machine, out of them.
func withoutProfiles(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestURIs(t *testing.T) {
	t.Setenv("VAULT_ADDR", "http://127.0.0.1:8100")
	withoutProfiles(t)
	for uri, want := range map[string]string{
		arnURI: "", "aws-kms://arn:aws-cn:kms:cn-north-1:123456789012:alias/assay": "",
		"hcvault://vault.example:8200/transit/keys/assay": "", "hcvault:///team/a/transit/keys/assay": "",
		"":                  "aws-kms://arn",
		"gcp-kms://p/k":     "is named aws-kms://",
		"aws-kms://alias/x": "needs the ARN", "aws-kms://arn:aws:s3:eu-central-1:123456789012:bucket": "needs the ARN",
		"hcvault://vault.example/transit/assay": "no key of a transit engine", "hcvault://vault.example/transit/keys/": "no key of a transit engine",
		"hcvault://u:hunter2@vault.example/transit/keys/x": "logins come from VAULT_TOKEN", "hcvault://h:x/transit/keys/x": "hcvault://HOST",
	} {
		_, err := Client(t.Context(), uri)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

func TestVault(t *testing.T) {
	vault := kmstest.New(t)
	aead := aeadOf(t, vault.Key("assay"))
	wrapped, err := aead.Encrypt([]byte("key"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := aead.Decrypt(wrapped, []byte("place")); err != nil || string(plain) != "key" {
		t.Errorf("%q, %v", plain, err)
	}
	expect := func(what string, kind error, say string, f func() ([]byte, error)) {
		t.Helper()
		_, err := f()
		ok := err != nil && strings.Contains(err.Error(), say) && (kind == nil || errors.Is(err, kind))
		if kind == nil && (errors.Is(err, privacy.ErrLocked) || errors.Is(err, privacy.ErrWrongKey)) || !ok {
			t.Errorf("%s: %v, want %v: %q", what, err, kind, say)
		}
	}
	decrypt := func() ([]byte, error) { return aead.Decrypt(wrapped, []byte("place")) }
	expect("another place", privacy.ErrWrongKey, "", func() ([]byte, error) { return aead.Decrypt(wrapped, []byte("x")) })
	expect("no ciphertext", privacy.ErrWrongKey, "", func() ([]byte, error) { return aead.Decrypt([]byte("x"), nil) })
	expect("another key", privacy.ErrLocked, "transit/decrypt/none", func() ([]byte, error) { return aeadOf(t, vault.Key("none")).Decrypt(wrapped, nil) })
	vault.Deny("decrypt")
	expect("denied", privacy.ErrLocked, "update on transit/decrypt/assay", decrypt)
	vault.Deny("")
	vault.Seal(true)
	expect("sealed", nil, "check that it runs", decrypt)
	vault.Seal(false)
	t.Setenv("VAULT_TOKEN", "expired")
	expect("another token", privacy.ErrLocked, "VAULT_TOKEN", func() ([]byte, error) { return aeadOf(t, vault.Key("assay")).Decrypt(wrapped, nil) })
	t.Setenv("VAULT_ADDR", "")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	expect("a certificate of nobody's", privacy.ErrLocked, "VAULT_CACERT", func() ([]byte, error) {
		return aeadOf(t, "hcvault://"+strings.TrimPrefix(server.URL, "https://")+"/transit/keys/a").Encrypt(nil, nil)
	})
	server.Close()
	expect("nobody there", nil, "check that it runs", func() ([]byte, error) {
		return aeadOf(t, "hcvault://"+strings.TrimPrefix(server.URL, "https://")+"/transit/keys/a").Encrypt(nil, nil)
	})
}

// The answers are those of the API's reference: a code, and a message.
func TestAWSErrors(t *testing.T) {
	answer, status := "", http.StatusBadRequest
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"__type":"`+answer+`","message":"said by AWS"}`)
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_KMS", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	withoutProfiles(t)
	aead := aeadOf(t, arnURI)
	for _, c := range []struct {
		answer string
		status int
		want   error
		say    string
	}{
		{"AccessDeniedException", 400, privacy.ErrLocked, "denies kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/"},
		{"NotFoundException", 400, privacy.ErrLocked, "check the ARN"},
		{"DisabledException", 400, privacy.ErrLocked, "enable it"},
		{"KMSInvalidStateException", 400, privacy.ErrLocked, "cancel its deletion"},
		{"ExpiredTokenException", 400, privacy.ErrLocked, "login"},
		{"InvalidCiphertextException", 400, privacy.ErrWrongKey, "doesn't open"},
		{"IncorrectKeyException", 400, privacy.ErrWrongKey, "doesn't open"},
		{"KMSInternalException", 500, nil, "check that it runs"},
	} {
		answer, status = c.answer, c.status
		_, err := aead.Decrypt([]byte("x"), []byte("place"))
		passes := !errors.Is(err, privacy.ErrLocked) && !errors.Is(err, privacy.ErrWrongKey)
		if err == nil || passes != (c.want == nil) || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %v: %q", c.answer, err, c.want, c.say)
		}
	}
	answer = "AccessDeniedException"
	if _, err := aead.Encrypt([]byte("x"), nil); err == nil || !strings.Contains(err.Error(), "kms:Encrypt on") {
		t.Errorf("got %v", err)
	}
}

func TestCallsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := (&judgedAEAD{slow{}, func(string, error) error { return nil }}).Decrypt(nil, nil)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != callLimit {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// slow is an AEAD that ends with its context alone.
type slow struct{ tink.AEAD }

func (slow) EncryptWithContext(ctx context.Context, _, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s slow) DecryptWithContext(ctx context.Context, in, ad []byte) ([]byte, error) {
	return s.EncryptWithContext(ctx, in, ad)
}
