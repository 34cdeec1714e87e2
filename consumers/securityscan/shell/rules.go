package shell

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// rule looks at one kind of construct. Bad and Good are scripts that it must and must not complain about.
type rule struct {
	weakness.Rule
	command    func(command) bool
	pipe       func(from, to command) bool
	assignment func(name string, value word) bool
	redirect   func(op syntax.RedirOperator, target, body word) bool
	Bad, Good  []string
}

func about(id, cwe string, severity schemas.Severity, confidence schemas.Confidence, message, fix string) weakness.Rule {
	return weakness.Rule{
		ID: id, CWE: cwe, OWASP: weakness.OWASP(cwe), Severity: severity, Confidence: confidence, Message: message, Fix: fix,
	}
}

const (
	high, medium               = schemas.SeverityHigh, schemas.SeverityMedium
	sure, probable, imaginable = schemas.ConfidenceHigh, schemas.ConfidenceMedium, schemas.ConfidenceLow
)

var (
	secretName  = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|token|api_?key|access_?key|nonce|salt|otp)$`)
	worldMode   = regexp.MustCompile(`^0?[0-7]?[0-7][0-7][2367]$|^([augo]*,)?[augo]*[ao][augo]*[+=][rx]*w|^\+w`)
	setuidMode  = regexp.MustCompile(`^0?[4567][0-7]{3}$|^[ugoa]*\+[rwx]*s`)
	plainURL    = regexp.MustCompile(`^http://([^/:@]+)`)
	sqlVerb     = regexp.MustCompile(`(?i)\b(select|insert|update|delete|drop|alter|grant|create|set)\b`)
	tmpFile     = regexp.MustCompile(`^(/var)?/tmp/[^*?]+|^/dev/shm/[^*?]+`)
	noPassword  = regexp.MustCompile(`NOPASSWD:\s*ALL`)
	inClear     = regexp.MustCompile(`^[^$<{\s]{3,}$`)
	credentials = regexp.MustCompile(`^[^:$]+:[^$:/][^$]{2,}$`)
)

// remotePlain reports whether a word is an address of plain HTTP beyond this machine and its private names.
func remotePlain(w word) bool {
	m := plainURL.FindStringSubmatch(w.text)
	return m != nil && m[1] != "localhost" && !strings.HasPrefix(m[1], "127.") && !strings.HasPrefix(m[1], "169.254.") &&
		!strings.HasPrefix(m[1], "$") && strings.Contains(m[1], ".") && !strings.HasSuffix(m[1], ".internal") && !strings.HasSuffix(m[1], ".local")
}

func text(s string) func(word) bool { return func(w word) bool { return w.text == s } }

func prefix(prefixes ...string) func(word) bool {
	return func(w word) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(w.text, p) {
				return true
			}
		}
		return false
	}
}

// rules is what the scan looks for, in this order.
var rules = slices.Concat(executionRules, fileRules, trustRules, systemRules)

// isSticky reports whether a mode has the sticky bit, with which a shared folder is all right.
func isSticky(mode string) bool {
	return len(mode) == 4 && (mode[0] == '1' || mode[0] == '3') || strings.HasSuffix(mode, "t")
}
