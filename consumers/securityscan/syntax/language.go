package syntax

// Language says how fragments of a language are read. The zero value of every field is the common case of C.
type Language struct {
	Name string

	// Lexical structure.
	HashComments  bool   // # comment
	SlashComments bool   // // and /* */
	Triple        bool   // """ and ''' strings (Python), """ (Java)
	Backtick      string // "raw" (Go), "template" (JavaScript), "" not a string
	Prefixed      bool   // r"", b"", f"", u"" strings (Python)
	CharQuote     bool   // '…' is a character, not a string that could be interpolated
	Interpolation string // how "…" interpolates: "" not, "#{" (Ruby), "$" (PHP)
	IdentChars    string // what else identifiers are made of: "$", "@"
	Regex         bool   // /…/ where an operand is expected

	// scan reads a token that only this language has; it returns false where there is none.
	scan func(*lexer) bool

	// Structure.
	Newlines   bool // the end of a line ends a statement that could end there
	Indented   bool // blocks by indentation
	Adjacent   bool // "a" "b" is one string
	DotConcat  bool // . concatenates, -> and :: reach members
	Generics   bool // name<type>(…)
	Composite  bool // type{…} is an expression
	TypeFirst  bool // declarations are: type name
	NameFirst  bool // declarations are: name type
	Annotated  bool // declarations are: name: type
	Arrow      bool // a => b is a function
	NewKeyword bool // new T(…) constructs
	BareCalls  bool // a name alone may be a call
	statement  func(*parser) *Node
	operand    func(*parser) *Node        // an operand that only this language has, or nil
	trailer    func(*parser, *Node) *Node // what only this language has behind an operand, or nil
}

// Python, Go, C and C++.
var (
	Python = &Language{
		Name: "python", HashComments: true, Triple: true, Prefixed: true, Newlines: true, Indented: true, Adjacent: true,
		statement: pythonStatement,
	}
	Go = &Language{
		Name: "go", SlashComments: true, Backtick: "raw", CharQuote: true, Newlines: true, Composite: true, NameFirst: true,
		statement: goStatement,
	}
	C = &Language{
		Name: "c", SlashComments: true, CharQuote: true, Adjacent: true, TypeFirst: true, scan: preprocessor, statement: cStatement,
	}
	CPP = &Language{
		Name: "cpp", SlashComments: true, CharQuote: true, Adjacent: true, TypeFirst: true, Generics: true, NewKeyword: true,
		scan: preprocessor, statement: cStatement,
	}
)
