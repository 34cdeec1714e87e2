package terms

import "strings"

// Repository puts the ways to name one repository into one form, so that what clients say of it joins: host and path in lower
// case, without scheme, user, port and ".git". https://github.com/Acme/Blue, git@github.com:acme/blue.git and
// ssh://git@github.com:22/acme/blue become github.com/acme/blue. What is no address of a repository stays as it is.
func Repository(s string) string {
	s = strings.TrimSpace(s)
	scheme, rest, isURL := strings.Cut(s, "://")
	var host, path string
	switch {
	case isURL && (scheme == "https" || scheme == "http" || scheme == "ssh" || scheme == "git"):
		rest, _, _ = strings.Cut(rest, "?")
		host, path, _ = strings.Cut(rest, "/")
	case !isURL:
		var ok bool
		if host, path, ok = strings.Cut(s, ":"); !ok || !strings.Contains(host, "@") || strings.ContainsAny(host, `/\ `) {
			return s
		}
	default:
		return s
	}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	host, _, _ = strings.Cut(host, ":")
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if host == "" || path == "" {
		return s
	}
	return strings.ToLower(host + "/" + path)
}
