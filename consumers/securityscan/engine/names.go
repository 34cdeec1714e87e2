package engine

import "strings"

// nameID is a qualified name that some rule or model asks for, as in os.path.join or sqlite3.connect().cursor. 0 is a name
// that nobody asks for.
type nameID int32

// names is the trie of all qualified names in a pack.
type names struct {
	children map[nameKey]nameID
	byLast   map[string]nameID // top-level name of an import path, under its last element
	paths    []string
}

type nameKey struct {
	parent nameID
	part   string
}

func newNames() *names {
	return &names{children: map[nameKey]nameID{}, byLast: map[string]nameID{}, paths: []string{""}}
}

// result is the part that stands for what a call returns.
const result = "()"

// add returns the id of a qualified name such as "database/sql.Open()", adding what isn't there.
func (n *names) add(name string) nameID {
	id := nameID(0)
	for _, part := range parts(name) {
		key := nameKey{id, part}
		next, ok := n.children[key]
		if !ok {
			next = nameID(len(n.paths))
			n.paths = append(n.paths, "")
			n.children[key] = next
			if id == 0 {
				if i := strings.LastIndexByte(part, '/'); i >= 0 {
					if _, taken := n.byLast[part[i+1:]]; taken {
						n.byLast[part[i+1:]] = -1 // several packages have that name
					} else {
						n.byLast[part[i+1:]] = next
					}
				}
			}
		}
		id = next
	}
	n.paths[id] = name
	return id
}

// parts splits a qualified name. An import path with slashes is one part.
func parts(name string) []string {
	var out []string
	slash := strings.LastIndexByte(name, '/')
	for len(name) > 0 {
		i := strings.IndexByte(name[max(slash, 0):], '.')
		part := name
		if i >= 0 {
			i += max(slash, 0)
			part, name = name[:i], name[i+1:]
		} else {
			name = ""
		}
		slash = -1
		called := false
		for strings.HasSuffix(part, result) {
			part, called = strings.TrimSuffix(part, result), true
		}
		out = append(out, part)
		if called {
			out = append(out, result)
		}
	}
	return out
}

// member is the name below a name, 0 if nobody asks for it.
func (n *names) member(id nameID, part string) nameID {
	if id == 0 {
		return 0
	}
	return n.children[nameKey{id, part}]
}

// top is the name that an identifier means if the fragment doesn't say.
func (n *names) top(ident string) nameID {
	if id := n.children[nameKey{0, ident}]; id != 0 {
		return id
	}
	return max(n.byLast[ident], 0)
}

// path is the name for an import path, with dots between packages or as one word.
func (n *names) path(path string) nameID {
	if id := n.children[nameKey{0, path}]; id != 0 {
		return id
	}
	if strings.IndexByte(path, '/') >= 0 {
		return 0
	}
	id := nameID(0)
	for part := range strings.SplitSeq(path, ".") {
		if id = n.children[nameKey{id, part}]; id == 0 {
			return 0
		}
	}
	return id
}
