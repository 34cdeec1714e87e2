package engine

import (
	"regexp"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

var (
	secretField = regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|api_?key|private_?key|credential|bearer)s?$`)
	fieldTag    = regexp.MustCompile(`\b(json|yaml|xml|toml):"([^",]*)`)
)

// secretMarshalled finds values of types with a field for a secret that are written out whole.
func secretMarshalled(e *evaluation, m *matcher) {
	leaky := map[string]bool{}
	e.all(e.tree.Root, syntax.Class, func(c *syntax.Node) {
		for _, body := range c.Kids {
			for _, field := range body.Kids {
				if field.Kind == syntax.Decl && secretIsWritten(field) {
					leaky[c.Name] = true
				}
			}
		}
	})
	if len(leaky) == 0 {
		return
	}
	e.all(e.tree.Root, syntax.Func, func(f *syntax.Node) { // types that say themselves what is written
		if f.A != nil && (strings.HasPrefix(f.Name, "Marshal")) && f.A.A != nil {
			delete(leaky, f.A.A.Name)
		}
	})
	types := map[string]string{}
	note := func(name string, n *syntax.Node) {
		if t := leakyType(n, leaky); t {
			types[name] = "leaky"
		}
	}
	e.all(e.tree.Root, syntax.Param, func(p *syntax.Node) { note(p.Name, p.A) })
	e.all(e.tree.Root, syntax.Decl, func(d *syntax.Node) { note(d.Name, d.A); note(d.Name, d.B) })
	e.all(e.tree.Root, syntax.Assign, func(a *syntax.Node) {
		if t := elementsOf(a.A); len(t) == 1 && a.B != nil {
			note(t[0].Name, a.B)
		}
	})
	var custom []*syntax.Node // methods that say what is written
	e.all(e.tree.Root, syntax.Func, func(f *syntax.Node) {
		if f.A != nil && strings.HasPrefix(f.Name, "Marshal") {
			custom = append(custom, f)
		}
	})
	e.all(e.tree.Root, syntax.Call, func(n *syntax.Node) {
		for _, f := range custom {
			if f.Start <= n.Start && n.End <= f.End {
				return
			}
		}
		switch t := e.calleeText(n); {
		case t == "json.Marshal", t == "json.MarshalIndent", t == "xml.Marshal", t == "xml.MarshalIndent", t == "yaml.Marshal", t == "toml.Marshal":
		case n.A != nil && n.A.Name == "Encode" && (strings.Contains(t, "NewEncoder") || strings.Contains(e.src, "NewEncoder(")):
		default:
			return
		}
		if len(n.Kids) == 0 {
			return
		}
		arg := n.Kids[0]
		if arg.Kind == syntax.Unary && arg.A != nil {
			arg = arg.A
		}
		if leakyType(arg, leaky) || arg.Kind == syntax.Ident && types[arg.Name] != "" {
			e.report(m, n)
		}
	})
}

// leakyType reports whether a type, a literal or a conversion names one of the types.
func leakyType(n *syntax.Node, leaky map[string]bool) bool {
	if n == nil {
		return false
	}
	switch n.Kind {
	case syntax.Ident:
		return leaky[n.Name]
	case syntax.Type:
		return leaky[n.Name[strings.LastIndexAny(n.Name, "]*")+1:]]
	case syntax.Literal:
		for _, k := range n.Kids {
			if k.Kind == syntax.Pair && secretField.MatchString(k.A.Name) && k.B != nil && k.B.Kind == syntax.Call {
				return false // masked
			}
		}
		return n.A != nil && leakyType(n.A, leaky)
	case syntax.Unary, syntax.Call:
		return n.A != nil && leakyType(n.A, leaky)
	}
	return false
}

// secretIsWritten reports whether a field with a secret's name is exported, holds text and isn't left out by its tag.
func secretIsWritten(field *syntax.Node) bool {
	if field.Name == "" || field.Name[0] < 'A' || field.Name[0] > 'Z' || field.A == nil {
		return false
	}
	switch strings.TrimLeft(field.A.Name, "*[]") {
	case "string", "byte":
	default:
		if !strings.HasSuffix(field.A.Name, "]string") {
			return false
		}
	}
	if field.B != nil {
		if tag := fieldTag.FindStringSubmatch(field.B.Name); tag != nil {
			if tag[2] == "-" {
				return false
			}
			if secretField.MatchString(tag[2]) {
				return true
			}
			return tag[2] == "" && secretField.MatchString(field.Name)
		}
	}
	return secretField.MatchString(field.Name)
}

// sshCallbackState finds callbacks for public keys that keep what they were called with.
func sshCallbackState(e *evaluation, m *matcher) {
	check := func(callback *syntax.Node) {
		if callback == nil || callback.Kind != syntax.Lambda || callback.B == nil {
			return
		}
		e.all(callback.B, syntax.Assign, func(a *syntax.Node) {
			if a.Name != "=" || a.A == nil || a.B == nil {
				return
			}
			if t := elementsOf(a.A)[0]; t.Name == "_" || t.Kind == syntax.Ident && e.mentionsDefined(callback.B, t.Name) {
				return
			}
			for _, p := range callback.Kids {
				if e.mentions(a.B, p.Name) > 0 {
					e.report(m, a)
					return
				}
			}
		})
	}
	e.all(e.tree.Root, syntax.Assign, func(a *syntax.Node) {
		if a.A != nil && a.A.Kind == syntax.Member && a.A.Name == "PublicKeyCallback" {
			check(a.B)
		}
	})
	e.all(e.tree.Root, syntax.Pair, func(p *syntax.Node) {
		if p.A != nil && p.A.Name == "PublicKeyCallback" {
			check(p.B)
		}
	})
}

// mentionsDefined reports whether a block defines a variable.
func (e *evaluation) mentionsDefined(n *syntax.Node, name string) bool {
	defined := false
	e.all(n, syntax.Assign, func(a *syntax.Node) {
		for _, t := range elementsOf(a.A) {
			defined = defined || a.Name == ":=" && t.Name == name
		}
	})
	e.all(n, syntax.Decl, func(d *syntax.Node) { defined = defined || d.Name == name })
	return defined
}

// walkThenOpen finds functions that are called for every file below a folder and then open or change it by its path.
func walkThenOpen(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Call, func(n *syntax.Node) {
		if t := e.calleeText(n); t != "filepath.Walk" && t != "filepath.WalkDir" || len(n.Kids) < 2 || n.Kids[1].Kind != syntax.Lambda {
			return
		}
		callback := n.Kids[1]
		if len(callback.Kids) == 0 || callback.B == nil {
			return
		}
		path := callback.Kids[0].Name
		derived := map[string]bool{path: true}
		e.all(callback.B, syntax.Assign, func(a *syntax.Node) {
			if t := elementsOf(a.A); len(t) > 0 && a.B != nil && e.mentions(a.B, path) > 0 && (a.B.Kind != syntax.Call || !strings.HasPrefix(e.calleeText(a.B), "os.")) {
				derived[t[0].Name] = true
			}
		})
		e.all(callback.B, syntax.Call, func(c *syntax.Node) {
			switch e.calleeText(c) {
			case "os.Open", "os.OpenFile", "os.Create", "os.Remove", "os.RemoveAll", "os.Rename", "os.ReadFile", "os.WriteFile",
				"os.Chmod", "os.Chown", "os.Truncate", "ioutil.ReadFile", "ioutil.WriteFile":
			default:
				return
			}
			for name := range derived {
				for _, k := range c.Kids {
					if e.mentions(k, name) > 0 {
						e.report(m, c)
						return
					}
				}
			}
		})
	})
}
