package quality

import (
	"strings"
	"testing"

	"github.com/assayhq/assay/schemas"
)

const someRule = `rules:
  - id: retention
    match: {category: retention, model: "gpt-*"}
    slo: 0.1
    detector: wilson_window
    window: 6h
    min_events: 30
    z: 3
    lateness: 15m
    clear_z: 2
    cool_down: 1h
    action: partial
    severity: high
`

func TestDefaultRules(t *testing.T) {
	rules := DefaultRules()
	if len(rules.rules) != 4 || len(rules.Hash()) != 16 {
		t.Errorf("%d rules, hash %q", len(rules.rules), rules.Hash())
	}
	if r := rules.rules[0]; r.ID != "retention" || r.Detector != EDetector || r.ClearBelow != r.SLO {
		t.Errorf("first rule %+v", r)
	}
}

func TestParseRulesSaysWhatAndWhere(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(someRule, old, new, 1) }
	for name, test := range map[string]struct {
		source string
		want   []string // parts of the error; none: no error
	}{
		"good":             {someRule, nil},
		"empty":            {"", []string{"there are none"}},
		"no rules":         {"rules: []", []string{"there are none"}},
		"not YAML":         {"rules: [", []string{"[1:"}},
		"unknown field":    {replace("z: 3", "zz: 3"), []string{"[8:5]", `unknown field "zz"`}},
		"repeated field":   {replace("z: 3", "z: 3\n    z: 4"), []string{"[9:5]", "z"}},
		"wrong type":       {replace("0.1", "much"), []string{"[4:10]"}},
		"bad duration":     {replace("6h", "6 hours"), []string{"[6:"}},
		"second document":  {someRule + "---\nrules: []\n", []string{"second"}},
		"slo out of range": {replace("0.1", "1.5"), []string{"line 4", `rule "retention"`, "slo must be a rate between 0 and 1, is 1.5"}},
		"no category":      {replace("category: retention, ", ""), []string{"line 3", "match.category is missing"}},
		"scores":           {replace("category: retention", "category: suggestion"), []string{"line 3", "must not be suggestion"}},
		"missing field":    {replace("    z: 3\n", ""), []string{"line 2", "z must be over 0, is 0"}},
		"lateness":         {replace("15m", "7h"), []string{"line 9", "at most the window"}},
		"window":           {replace("6h", "1s"), []string{"line 6", "from 1m"}},
		"cool down":        {replace("1h", "-1h"), []string{"line 11", "negative"}},
		"clear below":      {someRule + "    clear_below: 0.2\n", []string{"line 14", "at most the slo"}},
		"id":               {replace("id: retention", "id: Too Long"), []string{"line 2", "lower-case"}},
		"same id":          {someRule + strings.TrimPrefix(someRule, "rules:\n"), []string{"line 14", "earlier rule"}},
		"action":           {replace("partial", "some"), []string{"line 12", `is "some"`}},
		"severity":         {replace("severity: high", "severity: grave"), []string{"line 13", `is "grave"`}},
		"detector":         {replace("wilson_window", "guess"), []string{"line 5", "e_detector, wilson_window or burn_rate"}},
		"another's field":  {replace("wilson_window", "e_detector"), []string{"line 6", "window means nothing to detector e_detector", "line 2", "arl must be"}},
		"burn":             {replace("wilson_window", "burn_rate"), []string{"burn must be over 1", "line 8", "z means nothing"}},
		"several at once":  {replace("z: 3", "z: -3") + "    clear_below: -1\n", []string{"line 8", "line 14"}},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := ParseRules([]byte(test.source))
			if len(test.want) == 0 {
				if err != nil || len(rules.rules) == 0 {
					t.Errorf("error %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q says nothing of %q", err, part)
				}
			}
		})
	}
}

func TestHashFollowsTheContent(t *testing.T) {
	a, b, c := parse(t, someRule), parse(t, someRule), parse(t, strings.Replace(someRule, "z: 3", "z: 4", 1))
	if a.Hash() != b.Hash() || a.Hash() == c.Hash() {
		t.Errorf("hashes %s %s %s", a.Hash(), b.Hash(), c.Hash())
	}
}

func TestMatch(t *testing.T) {
	source := strings.Replace(someRule, `model: "gpt-*"`, `model: "gpt-*", feature: chat, language: "*script"`, 1)
	rule := &parse(t, source).rules[0]
	for _, test := range []struct {
		category, model, feature, language string
		want                               bool
	}{
		{"retention", "gpt-4", "chat", "javascript", true},
		{"retention", "gpt-", "chat", "script", true},
		{"retention", "openai/gpt-4", "chat", "javascript", false},
		{"retention", "gpt-a/b\nc", "chat", "typescript", true},
		{"retention", "gptx", "chat", "javascript", false},
		{"retention", "gpt-4", "chatter", "javascript", false},
		{"retention", "gpt-4", "chat", "", false},
		{"rating", "gpt-4", "chat", "javascript", false},
	} {
		o := &schemas.Outcome{Category: test.category, Model: test.model, Feature: test.feature, Language: test.language}
		if got := rule.matches(o); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte(someRule))
	f.Add(defaultRules)
	f.Add([]byte("rules:\n- {id: a, slo: .nan, window: 1e9}\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		rules, err := ParseRules(source)
		if (rules == nil) == (err == nil) {
			t.Fatalf("rules %v, error %v", rules, err)
		}
		if err != nil {
			return
		}
		for _, r := range rules.rules {
			if !(r.SLO > 0 && r.SLO < 1 && r.ClearBelow > 0 && r.ClearBelow <= r.SLO && r.MinEvents > 0 && (r.Z > 0 || r.Burn > 1 || r.ARL > 1)) {
				t.Fatalf("accepted %+v", r)
			}
		}
	})
}
