package dockerfile

import (
	"encoding/json"
	"strings"
)

// instruction is one of a Dockerfile, its continued lines joined.
type instruction struct {
	name       string // in capitals
	args       string // as in the source, with line ends escaped away and heredocs behind
	flags      []string
	start, end int // of all of it, in bytes
	argStart   int // where args begin
}

// words are the arguments, from the JSON form if that is what they are in.
func (i instruction) words() []string {
	var list []string
	if strings.HasPrefix(i.args, "[") && json.Unmarshal([]byte(i.args), &list) == nil {
		return list
	}
	return strings.Fields(i.args)
}

// parse reads a Dockerfile or a part of one, as its reference describes: comments, the directive escape, continued lines,
// flags and heredocs (https://docs.docker.com/reference/dockerfile/). Lines that aren't instructions are left out.
func parse(code string) (all []instruction, complete bool) {
	escape := byte('\\')
	directives := true
	complete = true
	left := maxHeredocs
	for offset := 0; offset < len(code); {
		line, next := lineAt(code, offset)
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") {
			if key, value, ok := strings.Cut(trimmed[1:], "="); directives && ok && strings.EqualFold(strings.TrimSpace(key), "escape") && strings.TrimSpace(value) == "`" {
				escape = '`'
			}
			offset = next
			continue
		}
		directives = false
		if trimmed == "" {
			offset = next
			continue
		}
		i := instruction{start: offset + strings.Index(line, trimmed[:1])}
		i.end, next = continued(code, offset, escape)
		text := code[i.start:i.end]
		name, _, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		i.name = strings.ToUpper(strings.TrimSpace(name))
		if !known[i.name] {
			complete = false
			offset = next
			continue
		}
		i.argStart = i.start + len(name)
		i.argStart += len(code[i.argStart:i.end]) - len(strings.TrimLeft(code[i.argStart:i.end], " \t"))
		for strings.HasPrefix(code[i.argStart:i.end], "--") {
			flag, _, _ := strings.Cut(code[i.argStart:i.end], " ")
			i.flags = append(i.flags, flag)
			i.argStart += len(flag)
			i.argStart += len(code[i.argStart:i.end]) - len(strings.TrimLeft(code[i.argStart:i.end], " \t\\\n"))
		}
		if i.name == "RUN" || i.name == "COPY" || i.name == "ADD" {
			i.end, next = heredocs(code, i.argStart, i.end, next, &left)
		}
		i.args = strings.TrimSpace(code[i.argStart:i.end])
		all = append(all, i)
		offset = next
	}
	return all, complete
}

var known = map[string]bool{
	"FROM": true, "RUN": true, "CMD": true, "LABEL": true, "MAINTAINER": true, "EXPOSE": true, "ENV": true, "ADD": true, "COPY": true,
	"ENTRYPOINT": true, "VOLUME": true, "USER": true, "WORKDIR": true, "ARG": true, "ONBUILD": true, "STOPSIGNAL": true,
	"HEALTHCHECK": true, "SHELL": true,
}

// lineAt returns the line at an offset without its end, and where the next one begins.
func lineAt(code string, offset int) (line string, next int) {
	if n := strings.IndexByte(code[offset:], '\n'); n >= 0 {
		return code[offset : offset+n], offset + n + 1
	}
	return code[offset:], len(code)
}

// continued returns where an instruction ends, and where the next line begins.
func continued(code string, offset int, escape byte) (end, next int) {
	for {
		line, after := lineAt(code, offset)
		end = offset + len(line)
		trimmed := strings.TrimRight(line, " \t\r")
		comment := strings.HasPrefix(strings.TrimSpace(line), "#")
		if after >= len(code) || !comment && (trimmed == "" || trimmed[len(trimmed)-1] != escape) {
			return end, after
		}
		offset = after
	}
}

// maxHeredocs is how many documents a file may have: each is looked for to the end of the file.
const maxHeredocs = 100

// heredocs extends an instruction by the documents that it announces with <<NAME.
func heredocs(code string, start, end, next int, left *int) (int, int) {
	rest := code[start:end]
	for ; *left > 0; *left-- {
		n := strings.Index(rest, "<<")
		if n < 0 {
			break
		}
		rest = strings.TrimLeft(rest[n+2:], "-~\"'")
		name := rest[:len(rest)-len(strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"))]
		for offset := next; name != "" && offset < len(code); {
			line, after := lineAt(code, offset)
			if strings.TrimSpace(line) == name {
				end, next = offset+len(line), after
				break
			}
			offset = after
		}
	}
	return end, next
}
