package github

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

var (
	errNoPull   = errors.New("pull_request is missing")
	errNoReview = errors.New("review is missing, or has no id")
	errState    = errors.New("the review's state is none of approved, changes_requested, commented and dismissed")
	errNegative = errors.New("a count is negative")
)

// pullActions are the known actions on pull requests, and what they are; closed is told by whether it was merged.
var pullActions = map[string]schemas.ChangeKind{
	"opened": schemas.ChangeChangeOpened, "closed": schemas.ChangeChangeClosed,
	"synchronize": schemas.ChangeChangeUpdated, "reopened": schemas.ChangeChangeUpdated, "edited": schemas.ChangeChangeUpdated,
	"ready_for_review": schemas.ChangeChangeUpdated, "converted_to_draft": schemas.ChangeChangeUpdated,

	"assigned": schemas.ChangeUnknown, "unassigned": schemas.ChangeUnknown, "labeled": schemas.ChangeUnknown, "unlabeled": schemas.ChangeUnknown,
	"milestoned": schemas.ChangeUnknown, "demilestoned": schemas.ChangeUnknown, "locked": schemas.ChangeUnknown, "unlocked": schemas.ChangeUnknown,
	"review_requested": schemas.ChangeUnknown, "review_request_removed": schemas.ChangeUnknown, "auto_merge_enabled": schemas.ChangeUnknown,
	"auto_merge_disabled": schemas.ChangeUnknown, "enqueued": schemas.ChangeUnknown, "dequeued": schemas.ChangeUnknown,
}

func (p *payload) pullRequest(r intake.Request) ([]intake.Draft, error) {
	kind, known := pullActions[p.Action]
	if !known {
		return nil, nil
	}
	d, err := p.pullDraft()
	if err != nil {
		return nil, err
	}
	e, pull := d.Event.(*schemas.ChangeEvent), p.Pull
	created, err := webhook.Time(pull.CreatedAt, r.Received)
	if err != nil {
		return nil, err
	}
	stamp := pull.UpdatedAt
	switch {
	case p.Action == "opened":
		stamp = pull.CreatedAt
	case p.Action == "closed" && pull.Merged: // merge_commit_sha says nothing: unmerged ones have a test merge
		kind, stamp = schemas.ChangeChangeMerged, pull.MergedAt
		e.CommitIDs = webhook.Commits(pull.MergeCommitSHA, pull.Head.SHA)
	case p.Action == "closed":
		stamp = pull.ClosedAt
	}
	at, err := webhook.Time(stamp, r.Received)
	if err != nil {
		return nil, err
	}
	if at.Before(created) {
		return nil, webhook.ErrOutOfOrder
	}
	e.Kind, e.Envelope = kind, p.envelope(at, "pull_request", strconv.FormatInt(pull.Number, 10), p.Action, string(kind), at.Format(time.RFC3339Nano))
	if p.Action == "closed" {
		e.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
	}
	for to, n := range map[*schemas.Opt[int32]]*int32{&e.LinesAdded: pull.Additions, &e.LinesRemoved: pull.Deletions, &e.FilesChanged: pull.ChangedFiles} {
		switch {
		case n != nil && *n < 0:
			return nil, errNegative
		case n != nil:
			*to = schemas.Some(*n)
		}
	}
	drafts := []intake.Draft{d}
	if e.RevertsChangeID != "" && kind == schemas.ChangeChangeMerged {
		drafts = append(drafts, p.reverted(d, e))
	}
	return drafts, nil
}

// pullDraft is what all events of a pull request share.
func (p *payload) pullDraft() (intake.Draft, error) {
	switch {
	case p.Pull == nil:
		return intake.Draft{}, errNoPull
	case p.Pull.Number <= 0:
		return intake.Draft{}, webhook.ErrNoNumber
	}
	e := &schemas.ChangeEvent{Kind: schemas.ChangeUnknown, ChangeID: p.change("", strconv.FormatInt(p.Pull.Number, 10)), CommitIDs: webhook.Commits(p.Pull.Head.SHA),
		Attributes: map[string]string{"event": "pull_request", "action": p.Action}}
	if revert := webhook.ReadRevert(p.Pull.Title, p.Pull.Body); revert.Is {
		e.Attributes["revert"] = "true"
		if revert.Number != "" {
			e.RevertsChangeID = p.change(revert.Project, revert.Number)
		}
	}
	return intake.Draft{Event: e, User: p.Sender.Login, Author: p.Pull.User.Login, Repo: p.Repository.HTMLURL, BaseBranch: p.Pull.Base.Ref}, nil
}

// reverted is the end of the change that the merged one takes back.
func (p *payload) reverted(by intake.Draft, e *schemas.ChangeEvent) intake.Draft {
	return intake.Draft{User: by.User, Repo: by.Repo, Event: &schemas.ChangeEvent{
		Envelope: p.envelope(e.OccurredAt, "reverted by", strconv.FormatInt(p.Pull.Number, 10)), Kind: schemas.ChangeChangeReverted,
		ChangeID: e.RevertsChangeID, CommitIDs: e.CommitIDs, Attributes: map[string]string{"event": "pull_request"},
	}}
}

var reviewStates = []string{"approved", "changes_requested", "commented", "dismissed"}

func (p *payload) reviewed(r intake.Request) ([]intake.Draft, error) {
	if p.Action != "submitted" && p.Action != "dismissed" && p.Action != "edited" {
		return nil, nil
	}
	d, err := p.pullDraft()
	if err != nil {
		return nil, err
	}
	if p.Review == nil || p.Review.ID <= 0 {
		return nil, errNoReview
	}
	e, state, stamp := d.Event.(*schemas.ChangeEvent), strings.ToLower(p.Review.State), p.Review.SubmittedAt
	if !slices.Contains(reviewStates, state) {
		return nil, errState
	}
	if p.Action != "submitted" { // has no time of its own
		stamp = p.Pull.UpdatedAt
	}
	at, err := webhook.Time(stamp, r.Received)
	if err != nil {
		return nil, err
	}
	e.Envelope = p.envelope(at, "review", strconv.FormatInt(p.Review.ID, 10), p.Action)
	e.Attributes["event"] = "pull_request_review"
	d.Reviewer = p.Review.User.Login
	if p.Action == "edited" { // its text
		return []intake.Draft{d}, nil
	}
	e.Kind, e.ReviewState, e.CommitIDs, e.DecidedBy = schemas.ChangeReviewSubmitted, state, webhook.Commits(p.Review.CommitID), schemas.DecidedByHuman
	if created, err := webhook.Time(p.Pull.CreatedAt, r.Received); err == nil && p.Action == "submitted" && !at.Before(created) {
		e.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
	}
	return []intake.Draft{d}, nil
}
