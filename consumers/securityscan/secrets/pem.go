package secrets

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

const (
	minKeyBody = 60      // characters of base64: the smallest key (Ed25519) has 64
	maxKeyBody = 8 << 10 // bytes in which they must be
)

// privateKeys finds keys in PEM, also where they are escaped into one line or pieced together from literals.
func privateKeys(code string, found []weakness.Weakness) []weakness.Weakness {
	for from := 0; ; {
		i := strings.Index(code[from:], "-----BEGIN ")
		if i < 0 {
			return found
		}
		start := from + i
		from = start + len("-----BEGIN ")
		label, _, ok := strings.Cut(code[from:min(len(code), from+60)], "-----")
		if !ok || !strings.Contains(label, "PRIVATE KEY") || strings.ContainsAny(label, "\n\"'") {
			continue
		}
		body := code[from+len(label)+len("-----"):]
		body = body[:min(len(body), maxKeyBody)]
		if stop := strings.Index(body, "-----"); stop >= 0 {
			body = body[:stop]
		}
		if n, length := keyCharacters(body); n >= minKeyBody && !strings.Contains(body, "...") {
			found = append(found, weakness.At(rulePrivateKey, code, start, from+len(label)+len("-----")+length))
			from += length
		}
	}
}

// keyCharacters counts the characters of base64 at the start of a PEM body and the bytes that they take up with what may lie
// between them: white space, escaped line ends, quotes, operators that join literals, headers.
func keyCharacters(body string) (n, length int) {
	distinct := [256]bool{}
	kinds := 0
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '\\' && i+1 < len(body) && (body[i+1] == 'n' || body[i+1] == 'r' || body[i+1] == '\n' || body[i+1] == '\\' || body[i+1] == '"'):
			i++
			continue
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '/', c == '=':
			n++
			length = i + 1
			if !distinct[c] {
				distinct[c] = true
				kinds++
			}
		case c == '+', c == ' ', c == '\t', c == '\n', c == '\r', c == '"', c == '\'', c == ',', c == '.', c == '-', c == ':', c == '#', c == '*', c == '|':
		default:
			i = len(body)
		}
	}
	if kinds < 16 { // xxxx, or a sentence
		return 0, 0
	}
	return n, length
}
