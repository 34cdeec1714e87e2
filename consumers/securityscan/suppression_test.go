package securityscan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

func TestSuppressed(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"same line", "x = eval(y) # assay:ignore r the input is ours", "the input is ours"},
		{"line before", "a()\n  // assay:ignore r checked above\nx = eval(y)", "checked above"},
		{"block comment", "/* assay:ignore r checked above */\nx = eval(y)", "checked above"},
		{"markup", "<!-- assay:ignore r checked above -->\nx = eval(y)", "checked above"},
		{"other rule", "x = eval(y) # assay:ignore q the input is ours", ""},
		{"no reason", "x = eval(y) # assay:ignore r", ""},
		{"no reason in a block", "x = eval(y) /* assay:ignore r */", ""},
		{"no comment", "assay:ignore r in a text\nx = eval(y)", ""},
		{"behind other code of the line before", "f() # assay:ignore r this line's\nx = eval(y)", ""},
		{"two lines before", "# assay:ignore r too far\n\nx = eval(y)", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := strings.Index(test.code, "eval")
			got, ok := Suppressed(test.code, weakness.At(weakness.Rule{ID: "r"}, test.code, at, at+4))
			if (test.want != "") != ok || ok && got != test.want {
				t.Errorf("%q %v, want %q", got, ok, test.want)
			}
		})
	}
}

// The event says that there is a suppression, not what it says, and the finding counts as before.
func TestSuppressedFindingIsReported(t *testing.T) {
	p := schemas.Payload{Code: "a = '" + awsKey + "' # assay:ignore aws-access-token belongs to nobody\n"}
	got := run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), p)
	if len(got) != 2 || got[0].Attributes["suppressed"] != "inline" || got[0].Severity != schemas.SeverityHigh || got[1].Severity != schemas.SeverityHigh {
		t.Fatalf("%+v", got)
	}
	for _, e := range got {
		if bytes.Contains(e.AppendAvro(nil), []byte("nobody")) {
			t.Errorf("%s carries the reason", e.Kind)
		}
	}
	if got[1].Attributes["suppressed"] != "" {
		t.Error("the summary is suppressed")
	}
}
