package quality

import (
	"fmt"
	"regexp"
	"time"

	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/policyfile"
	"github.com/assayhq/assay/schemas"
)

var ruleID = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// longest is the longest window that a rule may have.
const longest = 90 * 24 * time.Hour

// longestOpen is for how long minutes may be open, which are in the state one by one.
const longestOpen = time.Hour

var (
	actions = map[schemas.RetrainAction]bool{
		schemas.RetrainActionNone: true, schemas.RetrainActionPartial: true, schemas.RetrainActionFull: true, schemas.RetrainActionReweight: true,
	}
	severities = map[schemas.Severity]bool{
		schemas.SeverityNone: true, schemas.SeverityLow: true, schemas.SeverityMedium: true, schemas.SeverityHigh: true, schemas.SeverityCritical: true,
	}
)

// check returns every problem of the rules.
func check(file *policyfile.File, rules []Rule) error {
	seen := map[string]bool{}
	for i, r := range rules {
		require := func(ok bool, field, format string, args ...any) {
			file.Require(ok, fmt.Sprintf("rules[%d].%s", i, field), "rule %q: %s "+format, append([]any{r.ID, field}, args...)...)
		}
		require(ruleID.MatchString(r.ID), "id", "must be lower-case words joined by - or _, is %q", r.ID)
		require(!seen[r.ID], "id", "is used by an earlier rule")
		seen[r.ID] = true
		require(r.Match.Category != "", "match.category", "is missing: say which outcomes the rule is about")
		require(r.Match.Category != outcomes.Suggestion, "match.category", "must not be %s: scores are said again when they change, and would count more than once", outcomes.Suggestion)
		require(r.SLO > 0 && r.SLO < 1, "slo", "must be a rate between 0 and 1, is %v", r.SLO)
		require(r.ClearBelow >= 0 && r.ClearBelow <= r.SLO, "clear_below", "must be at most the slo, is %v", r.ClearBelow)
		require(r.CoolDown.Duration >= 0, "cool_down", "must not be negative, is %v", r.CoolDown)
		require(r.MinEvents >= 1, "min_events", "must be at least 1, is %d", r.MinEvents)
		checkDetector(r, require)
		require(actions[r.Action], "action", "must be none, partial, full or reweight, is %q", r.Action)
		require(severities[r.Severity], "severity", "must be none, low, medium, high or critical, is %q", r.Severity)
	}
	return file.Err()
}

// checkDetector checks the fields of the rule's detector, and that there are none of another's.
func checkDetector(r Rule, require func(ok bool, field, format string, args ...any)) {
	window := func() {
		require(r.Window.Duration >= time.Minute && r.Window.Duration <= longest, "window", "must be from 1m to %v, is %v", longest, r.Window)
		require(r.Lateness.Duration >= 0 && r.Lateness.Duration <= r.Window.Duration, "lateness", "must be at most the window, is %v", r.Lateness)
		require(r.ClearZ > 0, "clear_z", "must be over 0, is %v", r.ClearZ)
		none(r.Detector, require, field{"arl", r.ARL != 0}, field{"clear_arl", r.ClearARL != 0}, field{"blip", r.Blip.Duration != 0})
	}
	switch r.Detector {
	case EDetector:
		require(r.ARL >= 10 && r.ARL <= 1e9, "arl", "must be from 10 to 1e9 observations, is %v", r.ARL)
		require(r.ClearARL >= 10 && r.ClearARL <= 1e9, "clear_arl", "must be from 10 to 1e9 observations, is %v", r.ClearARL)
		require(r.Lateness.Duration >= 0 && r.Lateness.Duration <= longestOpen, "lateness", "must be at most %v, is %v", longestOpen, r.Lateness)
		require(r.Blip.Duration >= 0 && r.Blip.Duration <= longestOpen, "blip", "must be at most %v, is %v", longestOpen, r.Blip)
		none(r.Detector, require, field{"window", r.Window.Duration != 0}, field{"z", r.Z != 0}, field{"burn", r.Burn != 0}, field{"clear_z", r.ClearZ != 0})
	case WilsonWindow:
		window()
		require(r.Z > 0, "z", "must be over 0, is %v", r.Z)
		none(r.Detector, require, field{"burn", r.Burn != 0})
	case BurnRate:
		window()
		require(r.Burn > 1 && r.Burn*r.SLO < 1, "burn", "must be over 1, and burn times slo under 1, is %v", r.Burn)
		none(r.Detector, require, field{"z", r.Z != 0})
	default:
		require(false, "detector", "must be %s, %s or %s, is %q", EDetector, WilsonWindow, BurnRate, r.Detector)
	}
}

type field struct {
	name  string
	given bool
}

func none(detector string, require func(ok bool, field, format string, args ...any), fields ...field) {
	for _, f := range fields {
		require(!f.given, f.name, "means nothing to detector %s", detector)
	}
}
