package fingerprint

import "strings"

// syntax is what the lexer needs to know of a language: how it writes comments and strings.
type syntax struct {
	line       []string    // comments to the end of the line
	block      [][2]string // comments between two marks
	quotes     string      // marks of strings that end with their line
	multiline  string      // marks of strings that don't
	raw        string      // marks of strings in which a backslash is a backslash
	triple     bool        // """ and ''' are marks, too
	docstrings bool        // a string that stands alone is a comment
	regexes    bool        // /…/ is a literal
	templates  bool        // ${…} within `…` is code
}

var (
	slashes = [][2]string{{"/*", "*/"}}

	c          = &syntax{line: []string{"//"}, block: slashes, quotes: `"'`}
	golang     = &syntax{line: []string{"//"}, block: slashes, quotes: `"'`, multiline: "`", raw: "`"}
	java       = &syntax{line: []string{"//"}, block: slashes, quotes: `"'`, triple: true}
	javascript = &syntax{line: []string{"//"}, block: slashes, quotes: `"'`, multiline: "`", regexes: true, templates: true}
	python     = &syntax{line: []string{"#"}, quotes: `"'`, triple: true, docstrings: true}
	shell      = &syntax{line: []string{"#"}, multiline: "\"'`"}
	php        = &syntax{line: []string{"//", "#"}, block: slashes, multiline: `"'`}
	sql        = &syntax{line: []string{"--"}, block: slashes, multiline: `"'`}
	lua        = &syntax{line: []string{"--"}, block: [][2]string{{"--[[", "]]"}}, quotes: `"'`}
	haskell    = &syntax{line: []string{"--"}, block: [][2]string{{"{-", "-}"}}, quotes: `"`}
	lisp       = &syntax{line: []string{";"}, multiline: `"`}
	tex        = &syntax{line: []string{"%"}}
	markup     = &syntax{block: [][2]string{{"<!--", "-->"}}, quotes: `"'`}
	plain      = &syntax{}
)

// languages are known by their VS Code id. Others are read like C, which most are like.
var languages = map[string]*syntax{
	"go": golang, "java": java, "kotlin": java, "scala": java, "swift": java, "csharp": java, "groovy": java, "dart": java,
	"javascript": javascript, "typescript": javascript, "javascriptreact": javascript, "typescriptreact": javascript,
	"vue": javascript, "svelte": javascript,
	"python": python, "shellscript": shell, "ruby": shell, "perl": shell, "r": shell, "yaml": shell, "toml": shell,
	"makefile": shell, "dockerfile": shell, "elixir": shell, "julia": shell, "powershell": shell, "terraform": shell,
	"php": php, "sql": sql, "lua": lua, "haskell": haskell, "elm": haskell, "clojure": lisp, "lisp": lisp, "scheme": lisp,
	"latex": tex, "html": markup, "xml": markup, "markdown": markup, "plaintext": plain,
}

func syntaxOf(language string) *syntax {
	if s := languages[strings.ToLower(language)]; s != nil {
		return s
	}
	return c
}

// extensions name the languages of files for those who have only a path.
var extensions = map[string]string{
	"go": "go", "java": "java", "kt": "kotlin", "scala": "scala", "swift": "swift", "cs": "csharp", "groovy": "groovy", "dart": "dart",
	"js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript", "ts": "typescript", "mts": "typescript",
	"cts": "typescript", "tsx": "typescript", "vue": "vue", "svelte": "svelte", "py": "python", "pyi": "python", "sh": "shellscript",
	"bash": "shellscript", "rb": "ruby", "pl": "perl", "r": "r", "ex": "elixir", "exs": "elixir", "jl": "julia", "ps1": "powershell",
	"tf": "terraform", "php": "php", "sql": "sql", "lua": "lua", "hs": "haskell", "elm": "elm", "clj": "clojure", "lisp": "lisp",
	"scm": "scheme", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "hpp": "cpp", "rs": "rust", "m": "objective-c", "zig": "zig",
	"proto": "proto",
}

// LanguageOf returns the VS Code id of a source file's language by its path, "" where the extension is none of code.
func LanguageOf(path string) string {
	dot := strings.LastIndexByte(path, '.')
	return extensions[strings.ToLower(path[dot+1:])]
}

// keywords can't be renamed. Words that are reserved only in some places or in one language, and names in most others
// (type, match, set, from), are left out: to take a keyword for a name costs little, the reverse hides a rename.
var keywords = wordSet(`abstract and assert async await begin bool boolean break byte case catch char class const continue
debugger def default defer del delete do double elif else elsif end enum except export extends extern false False final
finally float fn for foreach func function global go goto if implements import in int instanceof interface is lambda let
long namespace new nil None nonlocal not null operator or package pass private protected public raise rescue return self
short signed sizeof static string struct super switch synchronized template this throw throws trait true True try typedef
typename typeof undefined union unless unsigned until use using var virtual void volatile when where while with yield`)

func wordSet(words string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, w := range strings.Fields(words) {
		set[w] = struct{}{}
	}
	return set
}
