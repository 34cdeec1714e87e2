package collector

import "strings"

// opaque reports whether an id has the form of one that a machine draws or counts: a UUID, a ULID, a hexadecimal hash, a
// number, or the 128 bits that schemas.DerivedID makes. These tell nothing of people. Anything else may be a name, an address
// or a path, and needn't be read, only compared.
func opaque(id string) bool {
	if prefix, rest, ok := strings.Cut(id, "-"); ok && len(prefix) <= 12 && !isHex(prefix) && letters(prefix) && isUUID(rest) {
		return true // cmpl-UUID, as completions have
	}
	switch n := len(id); {
	case isUUID(id), n <= 20 && digits(id), n >= 7 && n <= 64 && isHex(id) && strings.ContainsAny(id, "0123456789"):
		return true
	case n == 26:
		return ulid(id)
	case n == 22:
		return derived(id)
	}
	return false
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (s[i] == '-') || !hyphen && !isHex(s[i:i+1]) {
			return false
		}
	}
	return true
}

func all(s string, set string) bool { return s != "" && strings.Trim(s, set) == "" }

func digits(s string) bool  { return all(s, "0123456789") }
func isHex(s string) bool   { return all(s, "0123456789abcdef") || all(s, "0123456789ABCDEF") }
func letters(s string) bool { return all(s, "abcdefghijklmnopqrstuvwxyz") }
func ulid(s string) bool {
	return s[0] <= '7' && all(s, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
}

// derived wants an upper-case letter, a lower-case one and a digit, as all but one in fifty such ids have: a name has them
// rarely.
func derived(s string) bool {
	const upper, lower, number = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	return all(s, upper+lower+number+"-_") && strings.ContainsAny(s, upper) && strings.ContainsAny(s, lower) && strings.ContainsAny(s, number)
}
