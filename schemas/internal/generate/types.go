package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// wireType says how one Avro type appears in Go: in the struct, on the wire and as a column.
type wireType struct {
	Const  string // the schemas.FieldType constant
	Go     string // type in the struct
	JSON   string // option of the json tag
	Append string // appends {e}, the struct's field, to {b}
	Read   string // reads the struct's field from r
	Column string // type of the column in the columns struct
	Add    string // appends one row to {c}, the column, from r
	Slice  string // the column as a slice
	Cut    string // drops the rows from n on
}

func slice(elem, read string) wireType {
	return wireType{Column: "[]" + elem, Add: "{c} = append({c}, " + read + ")", Slice: "{c}", Cut: "{c} = cut({c}, n)"}
}

func refs(elem, read string) wireType {
	return wireType{Column: "nullable[" + elem + "]", Add: "{c}.add(r, " + read + ")", Slice: "{c}.refs", Cut: "{c}.truncate(n)"}
}

func (w wireType) as(constant, goType, jsonOption, app, read string) wireType {
	w.Const, w.Go, w.JSON, w.Append, w.Read = constant, goType, jsonOption, app, read
	return w
}

func number(constant, goType, method string) wireType {
	return slice(goType, "r."+method+"()").as(constant, goType, "omitzero", "append"+constant+"({b}, {e})", "r."+method+"()")
}

func optional(constant, goType, method, put string) wireType {
	return refs(goType, "r."+method).as("Null"+constant, "Opt["+goType+"]", "omitzero",
		"appendOpt({b}, {e}, "+put+")", "optional(r, r."+method+")")
}

var plain = map[string]wireType{
	"string":        slice("string", "r.view()").as("String", "string", "omitempty", "appendString({b}, {e})", "r.str()"),
	"int":           number("Int", "int32", "int32"),
	"long":          number("Long", "int64", "int64"),
	"double":        number("Double", "float64", "float64"),
	"boolean":       number("Bool", "bool", "bool"),
	"time":          slice("int64", "r.int64()").as("Time", "time.Time", "", "appendTime({b}, {e})", "r.time()"),
	"null string":   slice("string", "r.nullView()").as("NullString", "string", "omitempty", "appendNullString({b}, {e})", "r.nullStr()"),
	"null bytes":    slice("string", "r.nullRaw()").as("NullBytes", "[]byte", "omitempty", "appendNullBytes({b}, {e})", "r.nullBytes()"),
	"null int":      optional("Int", "int32", "int32", "appendInt"),
	"null long":     optional("Long", "int64", "int64", "appendLong"),
	"null double":   optional("Double", "float64", "float64", "appendDouble"),
	"null boolean":  optional("Bool", "bool", "bool", "appendBool"),
	"null time":     refs("int64", "r.int64").as("NullTime", "Opt[time.Time]", "omitzero", "appendOpt({b}, {e}, appendTime)", "optional(r, r.time)"),
	"array long":    {Const: "Longs", Go: "[]int64", JSON: "omitempty", Append: "appendLongs({b}, {e})", Read: "readList(r, r.int64)", Column: "lists[int64]", Add: "{c}.add(r, r.int64)", Slice: "{c}.rows", Cut: "{c}.truncate(n)"},
	"array string":  {Const: "Strings", Go: "[]string", JSON: "omitempty", Append: "appendStrings({b}, {e})", Read: "readList(r, r.str)", Column: "lists[string]", Add: "{c}.add(r, r.view)", Slice: "{c}.rows", Cut: "{c}.truncate(n)"},
	"map of string": slice("map[string]string", "readMap(r, r.view)").as("StringMap", "map[string]string", "omitempty", "appendMap({b}, {e})", "readMap(r, r.str)"),
}

// classify finds the wire type of the field's Avro type.
func (f *field) classify() error {
	name, err := f.typeName(f.Type)
	if err != nil {
		return err
	}
	if f.Enum != nil {
		symbols := lowerFirst(f.Enum.Name) + "Symbols"
		f.Wire = slice("string", "string(symbol(r, "+symbols+"))").as("Enum", f.Enum.Name, "omitempty",
			"appendSymbol({b}, {e}, "+symbols+")", "symbol(r, "+symbols+")")
		return nil
	}
	w, ok := plain[name]
	if !ok {
		return fmt.Errorf("type %q is not supported: records are flat", name)
	}
	f.Wire = w
	return nil
}

func (f *field) typeName(raw json.RawMessage) (string, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name, nil
	}
	var union []json.RawMessage
	if json.Unmarshal(raw, &union) == nil {
		if len(union) != 2 || string(union[0]) != `"null"` {
			return "", fmt.Errorf("union %s: want null and one other type", raw)
		}
		inner, err := f.typeName(union[1])
		return "null " + inner, err
	}
	var c struct {
		Type, Name, LogicalType string
		Items, Values           string
		Symbols                 []string
		Doc                     string
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", err
	}
	switch {
	case c.Type == "enum":
		f.Enum = &enum{Name: c.Name, Doc: c.Doc, Symbols: c.Symbols}
		return "enum", nil
	case c.Type == "array":
		return "array " + c.Items, nil
	case c.Type == "map":
		return "map of " + c.Values, nil
	case c.LogicalType == "timestamp-millis":
		return "time", nil
	}
	return c.Type, nil
}

// AppendTo, AddTo, SliceOf and CutOf fill a snippet's place holders for the template.
func (f field) AppendTo() string { return f.fill(f.Wire.Append) }
func (f field) AddTo() string    { return f.fill(f.Wire.Add) }
func (f field) SliceOf() string  { return f.fill(f.Wire.Slice) }
func (f field) CutOf() string    { return f.fill(f.Wire.Cut) }

func (f field) fill(snippet string) string {
	return strings.NewReplacer("{b}", "b", "{e}", "e."+camel(f.Name), "{c}", "c."+lowerFirst(camel(f.Name))+"_").Replace(snippet)
}

// Tag is the field's struct tag.
func (f field) Tag() string {
	opt := ""
	if f.Wire.JSON != "" {
		opt = "," + f.Wire.JSON
	}
	return fmt.Sprintf("`json:\"%s%s\"`", f.Name, opt)
}

var initialisms = map[string]string{"id": "ID", "ids": "IDs", "usd": "USD", "cwe": "CWE", "owasp": "OWASP", "slo": "SLO"}

func camel(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "_") {
		if in, ok := initialisms[part]; ok {
			b.WriteString(in)
		} else if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

func lowerFirst(s string) string {
	for i, r := range s {
		if r >= 'a' && r <= 'z' {
			if i <= 1 {
				return strings.ToLower(s[:i]) + s[i:]
			}
			return strings.ToLower(s[:i-1]) + s[i-1:]
		}
	}
	return strings.ToLower(s)
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// enumPrefix is what the constants of an enum start with: CodeKind's are CodeSuggestionShown and so on.
func enumPrefix(name string) string {
	for _, suffix := range []string{"Kind", "Reason"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}
