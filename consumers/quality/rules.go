package quality

import (
	_ "embed"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/policyfile"
	"github.com/assayhq/assay/consumers/quality/detect"
	"github.com/assayhq/assay/schemas"
)

//go:embed rules.yaml
var defaultRules []byte

// Rules are the parsed rules; build them with ParseRules or DefaultRules.
type Rules struct {
	rules []Rule
	hash  string
}

// The detectors.
const (
	EDetector    = "e_detector"
	WilsonWindow = "wilson_window"
	BurnRate     = "burn_rate"
)

// Rule says what failure rate is allowed where, and how sure to be; see rules.yaml.
type Rule struct {
	ID         string                `yaml:"id"`
	Match      Match                 `yaml:"match"`
	SLO        float64               `yaml:"slo"`
	Detector   string                `yaml:"detector"`
	MinEvents  int                   `yaml:"min_events"`
	Lateness   duration              `yaml:"lateness"`
	ClearBelow float64               `yaml:"clear_below"`
	CoolDown   duration              `yaml:"cool_down"`
	Action     schemas.RetrainAction `yaml:"action"`
	Severity   schemas.Severity      `yaml:"severity"`

	// Of the e-detector.
	ARL      float64  `yaml:"arl"`
	ClearARL float64  `yaml:"clear_arl"`
	Blip     duration `yaml:"blip"`

	// Of the window detectors.
	Window duration `yaml:"window"`
	Z      float64  `yaml:"z"`    // Wilson window
	Burn   float64  `yaml:"burn"` // burn rate
	ClearZ float64  `yaml:"clear_z"`

	model, feature, language *regexp.Regexp // nil: all

	up   *detect.EDetector
	down *detect.Recovery
}

// build makes what follows from the fields.
func (r *Rule) build() {
	if r.ClearBelow == 0 {
		r.ClearBelow = r.SLO
	}
	r.model, r.feature, r.language = pattern(r.Match.Model), pattern(r.Match.Feature), pattern(r.Match.Language)
	least := int64(r.MinEvents) * detect.Unit
	r.up = detect.New(detect.Settings{
		Allowed: r.SLO, RunLength: r.ARL, Minimum: least, Lateness: r.Lateness.Milliseconds() / minute, Blip: r.Blip.Milliseconds() / minute,
	})
	r.down = detect.NewRecovery(r.ClearBelow, r.ClearARL, least)
}

// Match selects outcomes.
type Match struct {
	Category string `yaml:"category"`
	Model    string `yaml:"model"`
	Feature  string `yaml:"feature"`
	Language string `yaml:"language"`
}

// DefaultRules are the rules that ship with Assay.
func DefaultRules() *Rules {
	rules, err := ParseRules(defaultRules)
	if err != nil {
		panic(err) // a test parses them
	}
	return rules
}

// ParseRules reads rules in YAML. The error lists every problem with its line.
func ParseRules(source []byte) (*Rules, error) {
	var list struct {
		Rules []Rule `yaml:"rules"`
	}
	file, err := policyfile.Read("rules", source, &list)
	if err != nil {
		return nil, err
	}
	if len(list.Rules) == 0 {
		return nil, errors.New("read rules: there are none; list them under the key rules")
	}
	for i := range list.Rules {
		if list.Rules[i].Detector == "" {
			list.Rules[i].Detector = EDetector
		}
	}
	if err := check(file, list.Rules); err != nil {
		return nil, err
	}
	for i := range list.Rules {
		list.Rules[i].build()
	}
	return &Rules{rules: list.Rules, hash: file.Hash()}, nil
}

// Hash is the content hash of the rules, which every trigger carries as its policy.
func (r *Rules) Hash() string { return r.hash }

// pattern compiles a text in which * stands for anything.
func pattern(s string) *regexp.Regexp {
	if s == "" {
		return nil
	}
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(s), `\*`, ".*") + "$")
}

func (r *Rule) matches(o *schemas.Outcome) bool {
	return r.Match.Category == o.Category && fits(r.model, o.Model) && fits(r.feature, o.Feature) && fits(r.language, o.Language)
}

func fits(p *regexp.Regexp, s string) bool { return p == nil || p.MatchString(s) }

// has reports whether the rule of that id exists and matches.
func (r *Rules) has(id string, o *schemas.Outcome) bool {
	return slices.ContainsFunc(r.rules, func(rule Rule) bool { return rule.ID == id && rule.matches(o) })
}
