package quality

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/assayhq/assay/schemas"
)

var ruleID = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// longest is the longest window that a rule may have.
const longest = 90 * 24 * time.Hour

var (
	actions = map[schemas.RetrainAction]bool{
		schemas.RetrainActionNone: true, schemas.RetrainActionPartial: true, schemas.RetrainActionFull: true, schemas.RetrainActionReweight: true,
	}
	severities = map[schemas.Severity]bool{
		schemas.SeverityNone: true, schemas.SeverityLow: true, schemas.SeverityMedium: true, schemas.SeverityHigh: true, schemas.SeverityCritical: true,
	}
)

// check returns every problem of the rules, each with its line in the source.
func check(source []byte, rules []Rule) error {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return err
	}
	var problems []error
	seen := map[string]bool{}
	for i, r := range rules {
		require := func(ok bool, field, format string, args ...any) {
			if !ok {
				problems = append(problems, fmt.Errorf("line %d: rule %q: %s "+format, append([]any{line(file, i, field), r.ID, field}, args...)...))
			}
		}
		require(ruleID.MatchString(r.ID), "id", "must be lower-case words joined by - or _, is %q", r.ID)
		require(!seen[r.ID], "id", "is used by an earlier rule")
		seen[r.ID] = true
		require(r.Match.Category != "", "match.category", "is missing: say which outcomes the rule is about")
		require(r.SLO > 0 && r.SLO < 1, "slo", "must be a rate between 0 and 1, is %v", r.SLO)
		require(r.ClearBelow >= 0 && r.ClearBelow <= r.SLO, "clear_below", "must be at most the slo, is %v", r.ClearBelow)
		require(r.Window.Duration >= time.Minute && r.Window.Duration <= longest, "window", "must be from 1m to %v, is %v", longest, r.Window)
		require(r.Lateness.Duration >= 0 && r.Lateness.Duration <= r.Window.Duration, "lateness", "must be at most the window, is %v", r.Lateness)
		require(r.CoolDown.Duration >= 0, "cool_down", "must not be negative, is %v", r.CoolDown)
		require(r.MinEvents >= 1, "min_events", "must be at least 1, is %d", r.MinEvents)
		require(r.Z > 0, "z", "must be over 0, is %v", r.Z)
		require(r.ClearZ > 0, "clear_z", "must be over 0, is %v", r.ClearZ)
		require(actions[r.Action], "action", "must be none, partial, full or reweight, is %q", r.Action)
		require(severities[r.Severity], "severity", "must be none, low, medium, high or critical, is %q", r.Severity)
	}
	return errors.Join(problems...)
}

// line is where the field of a rule stands, or the rule where the field is missing.
func line(file *ast.File, rule int, field string) int {
	for _, at := range []string{fmt.Sprintf("$.rules[%d].%s", rule, field), fmt.Sprintf("$.rules[%d]", rule)} {
		path, err := yaml.PathString(at)
		if err != nil {
			continue
		}
		if node, err := path.FilterFile(file); err == nil {
			return node.GetToken().Position.Line
		}
	}
	return 0
}
