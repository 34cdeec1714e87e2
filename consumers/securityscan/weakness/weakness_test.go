package weakness

import (
	"slices"
	"testing"

	"github.com/assayhq/assay/schemas"
)

func TestSortKeepsTheStrongestOfOnePlace(t *testing.T) {
	w := func(id, cwe string, start int, s schemas.Severity, c schemas.Confidence, shadow bool) Weakness {
		return Weakness{Rule: Rule{ID: id, CWE: cwe, Severity: s, Confidence: c, Shadow: shadow}, Start: start, End: start + 1}
	}
	got := Sort([]Weakness{
		w("b", "CWE-89", 5, schemas.SeverityMedium, schemas.ConfidenceLow, false),
		w("a", "CWE-89", 5, schemas.SeverityHigh, schemas.ConfidenceMedium, false),
		w("a", "CWE-89", 5, schemas.SeverityHigh, schemas.ConfidenceHigh, false),
		w("c", "CWE-78", 5, schemas.SeverityLow, schemas.ConfidenceLow, false),
		w("d", "CWE-79", 1, schemas.SeverityLow, schemas.ConfidenceLow, false),
		w("s", "CWE-79", 1, schemas.SeverityHigh, schemas.ConfidenceHigh, true),
	})
	var ids []string
	for _, w := range got {
		ids = append(ids, w.ID+" "+string(w.Confidence))
	}
	want := []string{"d low", "s high", "a high", "c low"}
	if !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
}

func TestInnermost(t *testing.T) {
	w := func(id string, start, end int, c schemas.Confidence) Weakness {
		return Weakness{Rule: Rule{ID: id, CWE: id, Severity: schemas.SeverityHigh, Confidence: c}, Start: start, End: end}
	}
	outer, inner, apart := w("a", 0, 9, schemas.ConfidenceMedium), w("a", 2, 5, schemas.ConfidenceMedium), w("a", 9, 12, schemas.ConfidenceMedium)
	strong, other := w("a", 0, 9, schemas.ConfidenceHigh), w("b", 2, 5, schemas.ConfidenceHigh)
	for _, test := range []struct {
		name        string
		found, want []Weakness
	}{
		{"equally strong", []Weakness{outer, inner, apart}, []Weakness{inner, apart}},
		{"stronger around", []Weakness{strong, inner}, []Weakness{strong}},
		{"of another rule", []Weakness{outer, other}, []Weakness{outer, other}},
	} {
		if got := Innermost(Sort(slices.Clone(test.found))); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
