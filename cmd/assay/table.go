package main

import (
	"io"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
)

func newTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = 0 // as given
	t.AppendHeader(header)
	return t
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
