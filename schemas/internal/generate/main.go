// Command generate writes the typed Go events, their positional codecs and their columns from schemas/avsc.
// It must not be run by anything but go generate; its output is committed and CI fails when it is stale.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed record.go.tmpl
var recordTemplate string

//go:embed records.go.tmpl
var recordsTemplate string

const envelopeFields = 5

type schema struct {
	Name, Topic, Key, Doc string
	Fields                []field
	Files                 []string // all versions, oldest first
}

// UsesTime reports whether the generated file needs package time.
func (s *schema) UsesTime() bool {
	return slices.ContainsFunc(ownFields(s), func(f field) bool { return strings.Contains(f.Wire.Go, "time.") })
}

// HasSealed reports whether the record carries a sealed payload.
func (s *schema) HasSealed() bool {
	return slices.ContainsFunc(s.Fields, func(f field) bool { return f.Name == "sealed" })
}

type field struct {
	Name, Doc string
	Type      json.RawMessage
	Wire      wireType
	Enum      *enum
}

type enum struct {
	Name    string
	Doc     string
	Symbols []string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	latest, err := load("avsc")
	if err != nil {
		log.Fatal(err)
	}
	enums, err := collectEnums(latest)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range latest {
		write(snake(s.Name)+"_gen.go", recordTemplate, s)
	}
	write("records_gen.go", recordsTemplate, map[string]any{"Records": latest, "Enums": enums})
}

var fileName = regexp.MustCompile(`^([a-z_]+)\.v([0-9]+)\.avsc$`)

// load reads the newest version of every record; the order is fixed, because registries number schemas by it.
func load(dir string) ([]*schema, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.avsc"))
	if err != nil {
		return nil, err
	}
	versions := map[string][]string{}
	for _, p := range paths {
		m := fileName.FindStringSubmatch(filepath.Base(p))
		if m == nil {
			return nil, fmt.Errorf("%s: want <record>.v<number>.avsc", p)
		}
		versions[m[1]] = append(versions[m[1]], filepath.Base(p))
	}
	var out []*schema
	for name, files := range versions {
		slices.SortFunc(files, func(a, b string) int { return version(a) - version(b) })
		raw, err := os.ReadFile(filepath.Join(dir, files[len(files)-1]))
		if err != nil {
			return nil, err
		}
		s := &schema{Files: files}
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i := range s.Fields {
			if err := s.Fields[i].classify(); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", s.Name, s.Fields[i].Name, err)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *schema) int { return strings.Compare(a.Topic, b.Topic) })
	return out, nil
}

func version(file string) int {
	n, _ := strconv.Atoi(fileName.FindStringSubmatch(file)[2])
	return n
}

func collectEnums(schemas []*schema) ([]*enum, error) {
	byName := map[string]*enum{}
	var out []*enum
	for _, s := range schemas {
		for _, f := range s.Fields {
			if f.Enum == nil {
				continue
			}
			if known := byName[f.Enum.Name]; known == nil {
				byName[f.Enum.Name] = f.Enum
				out = append(out, f.Enum)
			} else if !slices.Equal(known.Symbols, f.Enum.Symbols) {
				return nil, fmt.Errorf("%s: enum %s differs between records", s.Name, f.Enum.Name)
			}
		}
	}
	slices.SortFunc(out, func(a, b *enum) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func write(path, text string, data any) {
	t := template.Must(template.New(path).Funcs(template.FuncMap{
		"camel": camel, "lower": lowerFirst, "quote": strconv.Quote, "prefix": enumPrefix, "own": ownFields,
	}).Parse(text))
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		log.Fatalf("%s: %v", path, err)
	}
	src, err := format.Source(b.Bytes())
	if err != nil {
		log.Fatalf("%s: %v\n%s", path, err, b.Bytes())
	}
	if err := os.WriteFile(path, src, 0o644); err != nil {
		log.Fatal(err)
	}
}

func ownFields(s *schema) []field { return s.Fields[envelopeFields:] }
