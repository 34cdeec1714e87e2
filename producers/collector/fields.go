package collector

import (
	"reflect"
	"strings"
	"sync"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// act is what is done to a field that could hold a client's words.
type act uint8

const (
	own        act = iota // the collector fills it in itself: from the token, from keys, from code
	token                 // a keyed token of what the draft says beside the event
	identifier            // stays where a machine made it, else becomes a keyed token
	name                  // stays where it looks like a technical name, else becomes a keyed token
	text                  // stays, redacted
	further               // the attributes: names stay, other values are redacted
)

// rule is what protects a field.
type rule struct {
	act  act
	kind string                     // of tokens: equal values of a kind get equal tokens, in whatever field they stand
	from func(*intake.Draft) string // the value in clear; where it is empty the field's own counts
}

// rules has a line for every field that could hold words, of every record that clients publish. Fields with the same name
// mean the same in all records.
var rules = map[string]rule{
	"event_id": {act: own}, "source": {act: name, kind: "source"}, "org": {act: own},
	"sealed": {act: own}, "seal_key_id": {act: own}, "fingerprints": {act: own},
	"sketch": {act: own}, "replaced_sketch": {act: own}, "elsewhere_sketch": {act: own},

	"user_token":     {token, "user", func(d *intake.Draft) string { return d.User }},
	"author_token":   {token, "user", func(d *intake.Draft) string { return d.Author }},
	"reviewer_token": {token, "user", func(d *intake.Draft) string { return d.Reviewer }},
	"owner_token":    {token, "user", func(d *intake.Draft) string { return d.Owner }},
	"approver_token": {token, "user", func(d *intake.Draft) string { return d.Approver }},
	"team_token":     {token, "team", func(d *intake.Draft) string { return d.Team }},
	"repo_token":     {token, "repo", func(d *intake.Draft) string { return terms.Repository(d.Repo) }},
	"path_token":     {token, "path", func(d *intake.Draft) string { return d.Path }},

	"base_branch": {identifier, "branch", func(d *intake.Draft) string { return d.BaseBranch }},
	"file_id":     {identifier, "file", fileOf},
	"old_file_id": {identifier, "file", func(d *intake.Draft) string { return d.OldFile }},

	// The key of changes is the incident's, deployment's or task's id where no change is known: they are of one kind.
	"suggestion_id": {act: identifier, kind: "suggestion"}, "session_id": {act: identifier, kind: "session"},
	"conversation_id": {act: identifier, kind: "conversation"}, "message_id": {act: identifier, kind: "message"},
	"change_id": {act: identifier, kind: "change"}, "reverts_change_id": {act: identifier, kind: "change"},
	"commit_id": {act: identifier, kind: "commit"}, "commit_ids": {act: identifier, kind: "commit"},
	"reverts_commit_id": {act: identifier, kind: "commit"}, "deployment_id": {act: identifier, kind: "change"},
	"incident_id": {act: identifier, kind: "change"}, "task_id": {act: identifier, kind: "change"},
	"finding_id": {act: identifier, kind: "finding"}, "run_id": {act: identifier, kind: "run"},
	"episode_id": {act: identifier, kind: "episode"},

	"client_version": {act: name, kind: "version"}, "model": {act: name, kind: "model"}, "model_version": {act: name, kind: "version"},
	"model_id": {act: name, kind: "model"}, "baseline_id": {act: name, kind: "model"}, "feature": {act: name, kind: "feature"},
	"language": {act: name, kind: "language"}, "task": {act: name, kind: "task"}, "tool": {act: name, kind: "tool"},
	"error_type": {act: name, kind: "error"}, "survival_method": {act: name, kind: "method"}, "censor_reason": {act: name, kind: "censoring"},
	"metric": {act: name, kind: "metric"}, "unit": {act: name, kind: "unit"}, "breakdown": {act: name, kind: "breakdown"},
	"rating_reason": {act: name, kind: "rating"}, "review_state": {act: name, kind: "review"},
	"deployment_status": {act: name, kind: "status"}, "deployment_target": {act: name, kind: "target"},
	"rule_id": {act: name, kind: "rule"}, "verdict": {act: name, kind: "verdict"}, "category": {act: name, kind: "category"},
	"domain": {act: name, kind: "domain"},

	"reason": {act: text}, "attributes": {act: further},
}

// fileOf identifies the file in clear: by the client's id for it, else by its place.
func fileOf(d *intake.Draft) string {
	if d.File == "" && d.Path != "" {
		return terms.Repository(d.Repo) + "/" + d.Path
	}
	return d.File
}

// place is where a rule finds its field in the event's struct.
type place struct {
	rule
	field string
	index []int
}

var places sync.Map // *schemas.Record -> []place

// placesOf are the fields of a record that have rules.
func placesOf(r *schemas.Record) []place {
	if known, ok := places.Load(r); ok {
		return known.([]place)
	}
	var found []place
	for _, f := range reflect.VisibleFields(reflect.TypeOf(r.New()).Elem()) {
		field, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if rule, ok := rules[field]; ok && !f.Anonymous {
			found = append(found, place{rule, field, f.Index})
		}
	}
	places.Store(r, found)
	return found
}
