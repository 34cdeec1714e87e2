package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// clear is what stands beside an event's own fields, in clear.
type clear struct {
	Record string `json:"record"`

	User     string `json:"user"`
	Team     string `json:"team"`
	Repo     string `json:"repo"`
	Path     string `json:"path"`
	Author   string `json:"author"`
	Reviewer string `json:"reviewer"`
	Owner    string `json:"owner"`
	Approver string `json:"approver"`

	Payload *schemas.Payload `json:"payload"`
}

// The items of each record: an event's fields and the clear ones.
type (
	codeItem struct {
		*schemas.CodeEvent
		clear
	}
	chatItem struct {
		*schemas.ChatEvent
		clear
	}
	changeItem struct {
		*schemas.ChangeEvent
		clear
	}
	evalItem struct {
		*schemas.EvalEvent
		clear
	}
)

// Records are the records that clients publish; the others are the services' own.
var Records = []*schemas.Record{schemas.CodeEventRecord, schemas.ChatEventRecord, schemas.ChangeEventRecord, schemas.EvalEventRecord}

// draft reads one event.
func draft(r intake.Request, item []byte) (intake.Draft, error) {
	var d intake.Draft
	name, err := recordName(item)
	if err != nil {
		return d, err
	}
	var c *clear
	switch name {
	case schemas.CodeEventRecord.Name:
		i := &codeItem{CodeEvent: new(schemas.CodeEvent)}
		err = decode(item, i)
		d.Event, c = i.CodeEvent, &i.clear
		d.File, i.FileID = i.FileID, ""
		d.OldFile, i.OldFileID = i.OldFileID, ""
	case schemas.ChatEventRecord.Name:
		i := &chatItem{ChatEvent: new(schemas.ChatEvent)}
		err = decode(item, i)
		d.Event, c = i.ChatEvent, &i.clear
		d.File, i.FileID = i.FileID, ""
	case schemas.ChangeEventRecord.Name:
		i := &changeItem{ChangeEvent: new(schemas.ChangeEvent)}
		err = decode(item, i)
		d.Event, c = i.ChangeEvent, &i.clear
	case schemas.EvalEventRecord.Name:
		i := &evalItem{EvalEvent: new(schemas.EvalEvent)}
		err = decode(item, i)
		d.Event, c = i.EvalEvent, &i.clear
	default:
		return d, errors.New("record is none of CodeEvent, ChatEvent, ChangeEvent, EvalEvent")
	}
	switch {
	case err != nil:
		return d, err
	case c.Record != name:
		return d, errors.New("record is given twice")
	}
	d.User, d.Team, d.Repo, d.Path = c.User, c.Team, c.Repo, c.Path
	d.Author, d.Reviewer, d.Owner, d.Approver = c.Author, c.Reviewer, c.Owner, c.Approver
	d.Payload = c.Payload
	return d, check(r, d)
}

// leading matches an event that says first what record it is, as most do: the rest needn't be read for it.
var leading = []byte(`{"record":"`)

func recordName(item []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(item, leading); ok {
		if name, _, ok := bytes.Cut(rest, []byte{'"'}); ok && schemas.ByName(string(name)) != nil {
			return string(name), nil
		}
	}
	var known struct {
		Record string `json:"record"`
	}
	if err := json.Unmarshal(item, &known); err != nil {
		return "", describe(err)
	}
	return known.Record, nil
}

// unknownField matches what encoding/json says of a field that nothing takes, where its name can't be content.
var unknownField = regexp.MustCompile(`^json: unknown field "([a-z_]{1,40})"$`)

// decode refuses fields that would be lost.
func decode(item []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(item))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("there is no field %s in this record: what has no field goes into attributes", m[1])
	}
	if described := describe(err); described.Error() != "a value that its field can't hold" {
		return described
	}
	return errors.New("a field that the record doesn't have, or a value that its field can't hold")
}

// check refuses what the collector must decide, or what decoding passes over in silence.
func check(r intake.Request, d intake.Draft) error {
	env := d.Event.Env()
	if env.Org != "" && env.Org != r.Org {
		return errors.New("org is not the token's: leave it out")
	}
	if env.OccurredAt.IsZero() {
		return errors.New("occurred_at is missing: give the time of the event as RFC 3339")
	}
	if d.Event.KindName() == "" {
		return errors.New("kind is missing")
	}
	for _, f := range ownFields(d.Event) {
		if *f.value != "" {
			return fmt.Errorf("%s is the collector's to make: send %s in clear, or nothing", f.name, f.instead)
		}
	}
	if given, name := derivedBytes(d.Event); given {
		return fmt.Errorf("%s is the collector's to make: send the code as payload", name)
	}
	return checkSymbols(d.Event)
}

// ownField is a field that only the collector may fill in.
type ownField struct {
	name, instead string
	value         *string
}

func ownFields(e schemas.Event) []ownField {
	switch e := e.(type) {
	case *schemas.CodeEvent:
		return []ownField{{"user_token", "user", &e.UserToken}, {"team_token", "team", &e.TeamToken}, {"repo_token", "repo", &e.RepoToken},
			{"path_token", "path", &e.PathToken}, {"seal_key_id", "payload", &e.SealKeyID}}
	case *schemas.ChatEvent:
		return []ownField{{"user_token", "user", &e.UserToken}, {"team_token", "team", &e.TeamToken}, {"repo_token", "repo", &e.RepoToken},
			{"path_token", "path", &e.PathToken}, {"seal_key_id", "payload", &e.SealKeyID}}
	case *schemas.ChangeEvent:
		return []ownField{{"user_token", "user", &e.UserToken}, {"team_token", "team", &e.TeamToken}, {"repo_token", "repo", &e.RepoToken},
			{"path_token", "path", &e.PathToken}, {"author_token", "author", &e.AuthorToken}, {"reviewer_token", "reviewer", &e.ReviewerToken},
			{"owner_token", "owner", &e.OwnerToken}, {"seal_key_id", "payload", &e.SealKeyID}}
	case *schemas.EvalEvent:
		return []ownField{{"approver_token", "approver", &e.ApproverToken}}
	}
	return nil
}

// derivedBytes tells whether a field is filled in that is derived from code with a key.
func derivedBytes(e schemas.Event) (given bool, name string) {
	var sealed, sketches int
	var fingerprints []int64
	switch e := e.(type) {
	case *schemas.CodeEvent:
		sealed, fingerprints, sketches = len(e.Sealed), e.Fingerprints, len(e.Sketch)+len(e.ReplacedSketch)+len(e.ElsewhereSketch)
	case *schemas.ChatEvent:
		sealed, fingerprints = len(e.Sealed), e.Fingerprints
	case *schemas.ChangeEvent:
		sealed, fingerprints = len(e.Sealed), e.Fingerprints
	}
	switch {
	case sealed > 0:
		return true, "sealed"
	case len(fingerprints) > 0:
		return true, "fingerprints"
	}
	return sketches > 0, "sketch"
}

// checkSymbols refuses symbols that the schema doesn't have: on the wire they would become the default.
func checkSymbols(e schemas.Event) error {
	bad := func(field, value string) error {
		for _, f := range e.Record().Fields {
			if f.Name == field && value != "" && !slices.Contains(f.Symbols, value) {
				return fmt.Errorf("%s is none of %q", field, f.Symbols)
			}
		}
		return nil
	}
	err := errors.Join(bad("kind", e.KindName()), bad("environment", string(e.Env().Environment)))
	switch e := e.(type) {
	case *schemas.CodeEvent:
		err = errors.Join(err, bad("decided_by", string(e.DecidedBy)))
	case *schemas.ChatEvent:
		err = errors.Join(err, bad("decided_by", string(e.DecidedBy)), bad("rating", string(e.Rating)))
	case *schemas.ChangeEvent:
		err = errors.Join(err, bad("decided_by", string(e.DecidedBy)), bad("severity", string(e.Severity)))
	}
	return err
}
