package policy

import "strings"

const (
	maxCode  = 256 << 10 // bytes that are parsed
	maxDepth = 100       // of brackets
)

// Documents reads YAML as it stands in repositories and in fragments: templates of Helm are taken for values that nobody
// knows, and of a stream that doesn't parse, the documents that do. It reports whether everything was read.
func Documents(code string) (documents []*Node, complete bool) {
	if len(code) > maxCode || TooDeep(code, maxDepth) {
		return nil, false
	}
	if strings.Contains(code, "{{") || strings.ContainsRune(code, '\t') {
		code = withoutTemplates(code)
	}
	documents, err := ReadYAML(code)
	if err == nil {
		return documents, true
	}
	documents = documents[:0]
	for start := 0; start < len(code); {
		end := len(code)
		if i := strings.Index(code[start:], "\n---"); i >= 0 {
			end = start + i + 1
		}
		if read, err := ReadYAML(code[start:end]); err == nil {
			for _, d := range read {
				d.Walk(func(n *Node) { n.Start, n.End = n.Start+start, n.End+start })
			}
			documents = append(documents, read...)
		}
		start = end
		if i := strings.IndexByte(code[min(start+1, len(code)):], '\n'); start < len(code) && i >= 0 {
			start += i + 2 // the separator's line may hold more, which isn't worth it
		} else if start < len(code) {
			start = len(code)
		}
	}
	return documents, false
}

// withoutTemplates replaces templates by as many letters, and lines that hold nothing else by blanks, and tabs by blanks.
func withoutTemplates(code string) string {
	b := []byte(code)
	for start := 0; start < len(b); {
		end := start
		for end < len(b) && b[end] != '\n' {
			end++
		}
		line := string(b[start:end])
		alone := strings.HasPrefix(strings.TrimSpace(line), "{{") && strings.HasSuffix(strings.TrimSpace(line), "}}")
		for i := start; i < end; i++ {
			if b[i] == '\t' {
				b[i] = ' '
			}
			if !strings.HasPrefix(string(b[i:min(i+2, end)]), "{{") {
				continue
			}
			n := strings.Index(line[i-start:], "}}")
			if n < 0 {
				break
			}
			for j := i; j < i+n+2; j++ {
				b[j] = 'x'
				if alone {
					b[j] = ' '
				}
			}
			i += n + 1
		}
		start = end + 1
	}
	return string(b)
}
