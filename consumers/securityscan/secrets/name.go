package secrets

import (
	"strings"
	"unicode"
)

// class is what a name says of its value.
type class uint8

const (
	namesNothing  class = iota
	namesKey            // may be secret: only a random value shows it
	namesSecret         // says that it is secret
	namesPassword       // something a person may have chosen
)

// about are last words of names that don't hold a secret but say something about one, or where to find it.
var about = wordSet(`path file filename filepath url uri endpoint type name names header headers field fields label hint pattern
	regex regexp id ids length len count expiry expires expiration expire ttl age env ref reference arn policy prefix suffix format
	algorithm alg method methods placeholder prompt message msg error errors help description desc title text hash hashes hashed
	digest checksum fingerprint version scope scopes class column param params parameter provider store manager service form input
	selector button page route view template event action status state enabled required reset rotation index attribute mode strategy
	size bits usage kind issuer audience limit max min dir folder location source vault table query validator confirmation strength
	rule rules example sample public publishable pub cookie set list map value values schema model dto request response handler
	helper util factory generator encoder lookup extractor parser interceptor filter guard middleware command task job topic queue
	group role user username email host port verifier checker info metadata meta property properties options option config settings
	updated created at date time timestamp seconds minutes days interval timeout threshold attempts changed required optional
	visible hidden visibility toggle icon color colour style link href screen step tab menu item section alias mount subject display
	secretname keyname spec selectors only length complexity history retention requirements managed ok valid invalid missing wrong
	incorrect exists match matches mismatch success failure failed failures warning warnings suggestion tooltip caption char chars
	character characters symbol symbols pair pairs`)

// kinds of keys that are no secrets.
var openKeys = wordSet(`public publishable pub cache primary foreign partition sort range hash index object row correlation
	idempotency group dedup deduplication routing translation i18n locale map dict bucket s3 column field lookup unique natural composite surrogate
	registry config feature metric event message state storage_item query react list hot short arrow press site label asset file
	path image issue jira project sonar plugin theme`)

// words that make a key a secret one.
var secretKeys = wordSet(`api apikey access secret private auth authentication authorization signing signature sign encryption encrypt
	decryption crypto cipher aes hmac master service account client shared session app application webhook jwt token subscription
	license admin root deploy function management integration ssh rsa user server storage`)

var passwordWords = wordSet("password passwd pwd passphrase passcode pass pw userpass dbpass rootpass adminpass mysqlpass passwort")

var secretWords = wordSet(`secret token credential credentials creds apikey authtoken accesstoken secretkey privatekey accesskey
	bearer jwt authorization authkey clientsecret apisecret appsecret apitoken secrettoken pat pepper`)

// besides are last words that say nothing of a value's nature.
var besides = wordSet("prod dev production staging default value live old new str string base64 b64 raw plain plaintext clear")

func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// classify says what a name promises. Case styles and separators don't matter.
func classify(name string) class {
	if !hinted(name) {
		return namesNothing
	}
	words := split(name)
	for len(words) > 1 && (allDigits(words[len(words)-1]) || besides[words[len(words)-1]]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return namesNothing
	}
	last := words[len(words)-1]
	for _, w := range words {
		switch w {
		case "public", "publishable", "encrypted", "sealed", "hashed", "redacted", "masked", "csrf", "xsrf", "placeholder", "fake", "mock", "dummy":
			return namesNothing
		}
	}
	switch {
	case about[last]:
		return namesNothing
	case passwordWords[last], strings.HasSuffix(last, "password"), strings.HasSuffix(last, "passwd"), strings.HasSuffix(last, "passphrase"):
		return namesPassword
	case secretWords[last], strings.HasSuffix(last, "secret"), strings.HasSuffix(last, "token"), strings.HasSuffix(last, "apikey"):
		return namesSecret
	case last == "auth" && len(words) > 1, last == "salt" && len(words) > 1:
		return namesKey
	case last == "key" || last == "keys" || strings.HasSuffix(last, "key"):
		if len(words) == 1 {
			return namesKey
		}
		before := words[len(words)-2]
		if openKeys[before] {
			return namesNothing
		}
		if secretKeys[before] {
			return namesSecret
		}
		return namesKey
	}
	return namesNothing
}

// hinted is a cheap test that most names fail: whether any part could make a name secret.
func hinted(name string) bool {
	for i := range len(name) {
		var hints []string
		switch name[i] | 0x20 {
		case 'p':
			hints = []string{"pass", "pw", "pat", "pepper"}
		case 's':
			hints = []string{"secret", "salt"}
		case 't':
			hints = []string{"token"}
		case 'k':
			hints = []string{"key"}
		case 'c':
			hints = []string{"cred"}
		case 'a':
			hints = []string{"auth"}
		case 'j':
			hints = []string{"jwt"}
		case 'b':
			hints = []string{"bearer"}
		}
		for _, h := range hints {
			if len(name)-i >= len(h) && strings.EqualFold(name[i:i+len(h)], h) {
				return true
			}
		}
	}
	return false
}

var separators = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// strict reports whether a name is one that frameworks read a secret from: a word is as bad there as a random value.
func strict(name string) bool {
	n := strings.ToLower(separators.Replace(name))
	return strings.HasSuffix(n, "secretkey") || strings.HasSuffix(n, "jwtsecret") || strings.HasSuffix(n, "clientsecret") ||
		strings.HasSuffix(n, "signingkey") || strings.HasSuffix(n, "encryptionkey") || strings.HasSuffix(n, "sessionsecret") ||
		strings.HasSuffix(n, "jwtkey") || strings.HasSuffix(n, "appsecret") || strings.HasSuffix(n, "secretkeybase") ||
		strings.HasSuffix(n, "tokensecret") || strings.HasSuffix(n, "cookiesecret") || strings.HasSuffix(n, "apisecret")
}

// split cuts a name into lower-case words: at separators, and where the case changes.
func split(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			flush()
			continue
		case i > 0 && unicode.IsUpper(c) && unicode.IsLower(runes[i-1]),
			i > 0 && i+1 < len(runes) && unicode.IsUpper(c) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			flush()
		}
		word = append(word, c)
	}
	flush()
	return words
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
