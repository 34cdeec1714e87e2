package terms

import "strings"

// aliases are names of languages that differ from VS Code's ids (code.visualstudio.com/docs/languages/identifiers) in more
// than their case.
var aliases = map[string]string{
	"c++": "cpp", "c#": "csharp", "f#": "fsharp", "objective-c++": "objective-cpp",
	"bash": "shellscript", "shell": "shellscript", "sh": "shellscript", "zsh": "shellscript", "golang": "go",
	"js": "javascript", "ts": "typescript", "tsx": "typescriptreact", "jsx": "javascriptreact", "py": "python", "rb": "ruby",
	"visual basic": "vb", "plain text": "plaintext", "text": "plaintext", "vue.js": "vue", "tex": "latex",
	"unknown": "", "other": "", "none": "",
}

// Language returns the VS Code id of a language, lower case, and "" for what is none or unknown.
func Language(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if id, ok := aliases[s]; ok {
		return id
	}
	if len(s) > 32 {
		return ""
	}
	return Word(s)
}
