package copilotmetrics

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

const dayS = 24 * 60 * 60

var (
	errNoDay  = errors.New("day is missing, or no date")
	errFigure = errors.New("a figure is no number from 0 on")
	errForm   = errors.New("a breakdown is no list of objects")
	errTwice  = errors.New("a breakdown has the same names twice")
	errLong   = errors.New("a text is too long")
	errWho    = errors.New("a name is no text")
)

// day is one row of a report as it is read: whose figures of which day they are.
type day struct {
	at    time.Time
	index int
	user  string // in clear
	scope string // user, organization, enterprise
	owner string // the organisation's or enterprise's number at GitHub
	who   string // number of the user, or a hash of the name
	rows  []intake.Draft
}

// dayOf reads a row.
func dayOf(raw []byte, index int, received time.Time) ([]intake.Draft, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil, errors.New("it is no object")
	}
	d := day{index: index}
	if err := d.identify(fields, received); err != nil {
		return nil, err
	}
	if err := d.figures("", "total", fields, nil); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var err error
		dimensions, isBreakdown := strings.CutPrefix(name, "totals_by_")
		switch {
		case name == "pull_requests":
			err = d.nested("pull_requests.", fields[name])
		case name == "totals_by_cli":
			err = d.nested("cli.", fields[name])
		case isBreakdown && breakdowns[dimensions] != nil:
			err = d.breakdown(breakdowns[dimensions], fields[name])
		}
		if err != nil {
			return nil, err
		}
	}
	return d.rows, nil
}

func (d *day) identify(fields map[string]json.RawMessage, received time.Time) error {
	text := func(name string) string { // or a number
		var s string
		var n json.Number
		if json.Unmarshal(fields[name], &s) == nil {
			return s
		}
		if json.Unmarshal(fields[name], &n) == nil {
			return n.String()
		}
		return ""
	}
	at, err := time.Parse(time.DateOnly, text("day"))
	if err != nil {
		return errNoDay
	}
	if err := terms.Credible(at, received); err != nil {
		return err
	}
	d.at = at
	d.scope, d.owner = "organization", numeral(text("organization_id"))
	if d.owner == "" {
		d.scope, d.owner = "enterprise", numeral(text("enterprise_id"))
	}
	for _, name := range []string{"user_login", "login"} {
		if raw, ok := fields[name]; ok && d.user == "" {
			if json.Unmarshal(raw, &d.user) != nil {
				return errWho
			}
		}
	}
	if d.user != "" {
		d.scope = "user"
		if d.who = numeral(text("user_id")); d.who == "" {
			d.who = terms.Hash(d.user)
		}
	}
	return nil
}

// numeral returns s where it is a number of GitHub's.
func numeral(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n <= 0 {
		return ""
	}
	return s
}

// breakdowns are the known ones, by what follows totals_by_ in their name: the fields that say of what an entry is.
var breakdowns = map[string][]string{
	"ide": {"ide"}, "feature": {"feature"}, "language_feature": {"language", "feature"}, "language_model": {"language", "model"}, "model_feature": {"model", "feature"},
}

func (d *day) breakdown(by []string, raw json.RawMessage) error {
	var entries []map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return errForm
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		names := map[string]string{}
		var of []string
		for _, dimension := range by {
			var name string
			if json.Unmarshal(entry[dimension], &name) != nil {
				return errWho
			}
			if name = terms.Name(name); name == "" { // what looks like no name of an editor, a model ...
				name = "withheld"
			}
			names[dimension] = name
			of = append(of, dimension+"="+name)
		}
		breakdown := strings.Join(of, ",")
		if seen[breakdown] && !strings.Contains(breakdown, "withheld") {
			return errTwice
		}
		seen[breakdown] = true
		if err := d.figures("", breakdown, entry, names); err != nil {
			return err
		}
	}
	return nil
}

func (d *day) nested(prefix string, raw json.RawMessage) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return errForm
	}
	if tokens, ok := fields["token_usage"]; ok {
		if err := d.nested(prefix, tokens); err != nil {
			return err
		}
	}
	return d.figures(prefix, "total", fields, nil)
}

// figures adds a row for every sum among the fields.
func (d *day) figures(prefix, breakdown string, fields map[string]json.RawMessage, names map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		unit := unitOf(name)
		if unit == "" || string(fields[name]) == "null" {
			continue
		}
		var value float64
		if json.Unmarshal(fields[name], &value) != nil || value < 0 || math.IsInf(value, 0) {
			return errFigure
		}
		d.add(prefix+name, breakdown, unit, value, names)
	}
	return nil
}

// unitOf returns the unit of a sum, and "" for averages, medians, shares, ids and what isn't known.
func unitOf(name string) string {
	switch {
	case terms.Word(name) == "" || strings.HasPrefix(name, "avg_") || strings.HasPrefix(name, "median_"):
		return ""
	case strings.HasPrefix(name, "loc_") && strings.HasSuffix(name, "_sum"):
		return "lines"
	case strings.HasSuffix(name, "_tokens_sum"):
		return "tokens"
	case strings.HasSuffix(name, "_users"):
		return "users"
	case strings.HasSuffix(name, "_count"), strings.HasSuffix(name, "_sum"), strings.HasPrefix(name, "total_"):
		return "count"
	case name == "ai_credits_used":
		return "credits"
	}
	return ""
}

// add adds a row. Its id holds the value: pulled again it is the same row, and a figure that GitHub corrected is another, which
// the view usage_reported takes for the day.
func (d *day) add(metric, breakdown, unit string, value float64, names map[string]string) {
	date := d.at.Format(time.DateOnly)
	e := &schemas.CodeEvent{
		Envelope: schemas.Envelope{OccurredAt: d.at, Source: Source,
			EventID: schemas.DerivedID(Source, d.scope, d.owner, d.who, date, metric, breakdown, strconv.FormatFloat(value, 'g', -1, 64))},
		Kind: schemas.CodeUsageReported, FileID: schemas.DerivedID(Source, d.scope, d.owner, date), Reported: true,
		Metric: metric, Value: schemas.Some(value), Unit: unit, Breakdown: breakdown, PeriodS: schemas.Some(int64(dayS)),
		Model: names["model"], Language: terms.Language(names["language"]), Attributes: map[string]string{"scope": d.scope},
	}
	if d.owner != "" {
		e.Attributes["github_id"] = d.owner
	}
	d.rows = append(d.rows, intake.Draft{Event: e, Index: d.index, User: d.user})
}
