package secrets

import (
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// connectionStrings finds passwords in URLs (scheme://user:password@host) and in lists of key=value pairs.
func connectionStrings(f file, found []weakness.Weakness) []weakness.Weakness {
	code := f.code
	for from := 0; ; {
		i := strings.Index(code[from:], "://")
		if i < 0 {
			break
		}
		at := from + i + 3
		from = at
		rest := code[at:min(len(code), at+512)]
		if n := strings.IndexAny(rest, " \t\r\n\"'`/?#,;|)]>\\"); n >= 0 && !strings.Contains(rest[:n], "@") {
			continue // the authority ends without user information
		}
		if n := strings.IndexAny(rest, " \t\r\n\"'`"); n >= 0 {
			rest = rest[:n]
		}
		host := strings.LastIndexByte(authority(rest), '@')
		if host < 0 {
			continue
		}
		user, password, ok := strings.Cut(rest[:host], ":")
		if !ok {
			user, password = "", rest[:host]
			if len(password) < 20 || !random(password) {
				continue
			}
		}
		if len(found) >= maxFound {
			break
		}
		if w, bad := f.judgeURL(user, password, rest[host+1:], at+host-len(password), at+host); bad {
			found = append(found, w)
		}
	}
	return pairs(f, found)
}

// authority cuts a URL before its path.
func authority(rest string) string {
	if n := strings.IndexAny(rest, "/?#"); n >= 0 {
		return rest[:n]
	}
	return rest
}

func (f file) judgeURL(user, password, host string, start, end int) (weakness.Weakness, bool) {
	if len(password) < 3 || fake(password) || reference(password) || strings.EqualFold(password, "password") || strings.EqualFold(password, "pass") {
		return weakness.Weakness{}, false
	}
	weak := wordy(password) && !strings.ContainsAny(password, "0123456789!@#$%^&*")
	if weak && (local(host) || f.test || password == user) || f.test && !random(password) {
		return weakness.Weakness{}, false
	}
	w := weakness.At(ruleConnection, f.code, start, end)
	if weak {
		w.Confidence = schemas.ConfidenceMedium
	}
	return w, true
}

// local reports whether a host is the developer's own, or a neighbour in a compose file, or an example.
func local(host string) bool {
	name := host
	if n := strings.IndexAny(name, ":/?"); n >= 0 {
		name = name[:n]
	}
	switch name {
	case "localhost", "127.0.0.1", "0.0.0.0", "::1", "[", "host.docker.internal", "db", "database", "postgres", "mysql", "redis",
		"mongo", "mongodb", "rabbitmq", "host", "hostname":
		return true
	}
	return strings.HasPrefix(name, "example.") || strings.HasSuffix(name, ".example") || strings.HasSuffix(name, ".example.com") ||
		strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".invalid")
}

// pairKeys are the keys of connection strings whose value is secret.
var pairKeys = []string{"password", "pwd", "accountkey", "sharedaccesskey", "accesskey"}

// pairs finds key=value in connection strings: after a separator, up to the next or the end of the literal.
func pairs(f file, found []weakness.Weakness) []weakness.Weakness {
	code := f.code
	for from := 0; ; {
		i := strings.IndexByte(code[from:], '=')
		if i < 0 {
			return found
		}
		at := from + i
		from = at + 1
		if !slices.ContainsFunc(pairKeys, func(key string) bool {
			return at > len(key) && strings.EqualFold(code[at-len(key):at], key)
		}) {
			continue
		}
		before := strings.TrimRight(code[max(0, at-24):at], " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if before == "" || !strings.ContainsRune(";?&", rune(before[len(before)-1])) {
			continue
		}
		value := code[from:min(len(code), from+256)]
		if n := strings.IndexAny(value, ";&\"'`\r\n <\\"); n >= 0 {
			value = value[:n]
		}
		if len(value) < 4 || fake(value) || reference(value) || strings.HasPrefix(value, "@") || f.test && !random(value) {
			continue
		}
		w := weakness.At(ruleConnection, code, from, from+len(value))
		if wordy(value) {
			w.Confidence = schemas.ConfidenceMedium
		}
		found = append(found, w)
	}
}
