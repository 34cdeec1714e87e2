package secrets

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"strings"
)

type checksumResult uint8

const (
	checksumNone checksumResult = iota // the format has none
	checksumRight
	checksumWrong
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// checksum verifies tokens of GitHub and npm: 30 random characters, and their CRC-32 in six digits of base 62
// (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
func checksum(secret string) checksumResult {
	prefix, rest, ok := strings.Cut(secret, "_")
	if !ok || len(rest) != 36 {
		return checksumNone
	}
	switch prefix {
	case "ghp", "gho", "ghu", "ghs", "ghr", "npm":
	default:
		return checksumNone
	}
	sum := crc32.ChecksumIEEE([]byte(rest[:30]))
	for i := 35; i >= 30; i-- {
		if rest[i] != base62[sum%62] {
			return checksumWrong
		}
		sum /= 62
	}
	return checksumRight
}

// signedToken reports whether a JSON web token is one that gives access to something: its header names an algorithm, and it is
// neither the well-known example nor meant for browsers.
func signedToken(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	var header struct{ Alg string }
	var claims struct {
		Sub, Name, Role any
	}
	h, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	if err != nil || json.Unmarshal(h, &header) != nil || header.Alg == "" {
		return false
	}
	if c, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "=")); err == nil && json.Unmarshal(c, &claims) == nil {
		if claims.Sub == "1234567890" || claims.Name == "John Doe" || claims.Role == "anon" {
			return false
		}
	}
	return true
}
