package gitlab

import (
	"strconv"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

// mergeRequestActions are the known actions. approved and unapproved say that the last approval that is needed came or went,
// approval and unapproval that another did.
var mergeRequestActions = map[string]schemas.ChangeKind{
	"open": schemas.ChangeChangeOpened, "update": schemas.ChangeChangeUpdated, "reopen": schemas.ChangeChangeUpdated,
	"merge": schemas.ChangeChangeMerged, "close": schemas.ChangeChangeClosed,
	"approved": schemas.ChangeReviewSubmitted, "approval": schemas.ChangeReviewSubmitted,
	"unapproved": schemas.ChangeReviewSubmitted, "unapproval": schemas.ChangeReviewSubmitted,
}

var reviewStates = map[string]string{"approved": "approved", "approval": "approved", "unapproved": "dismissed", "unapproval": "dismissed"}

func (p *payload) mergeRequest(r intake.Request) ([]intake.Draft, error) {
	o := p.Object
	if o == nil {
		return nil, errNoObject
	}
	kind, known := mergeRequestActions[o.Action]
	switch {
	case !known:
		return nil, nil
	case o.IID <= 0:
		return nil, webhook.ErrNoNumber
	}
	created, err := webhook.Time(o.CreatedAt, r.Received)
	if err != nil {
		return nil, err
	}
	at := created
	if o.Action != "open" {
		if at, err = webhook.Time(o.UpdatedAt, r.Received); err != nil {
			return nil, err
		}
	}
	if at.Before(created) {
		return nil, webhook.ErrOutOfOrder
	}
	number := strconv.FormatInt(o.IID, 10)
	e := &schemas.ChangeEvent{Envelope: p.envelope(at, "merge_request", number, o.Action), Kind: kind, ChangeID: p.change("", "!"+number),
		CommitIDs: webhook.Commits(o.LastCommit.ID), ReviewState: reviewStates[o.Action], Attributes: map[string]string{"event": "merge_request", "action": o.Action}}
	d := intake.Draft{Event: e, User: p.User.Username, Repo: p.Project.WebURL, BaseBranch: o.TargetBranch}
	if o.AuthorID > 0 && o.AuthorID == p.User.ID { // otherwise only the author's number is known
		d.Author = p.User.Username
	}
	switch kind {
	case schemas.ChangeReviewSubmitted:
		d.Reviewer, e.DecidedBy = p.User.Username, schemas.DecidedByHuman
	case schemas.ChangeChangeMerged:
		e.CommitIDs = webhook.Commits(o.MergeCommitSHA, o.SquashCommitSHA, o.LastCommit.ID)
		fallthrough
	case schemas.ChangeChangeClosed:
		e.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
	case schemas.ChangeChangeUpdated:
		if o.OldRevision != "" {
			e.Attributes["pushed"] = "true"
		}
	}
	drafts := []intake.Draft{d}
	if revert := webhook.ReadRevert(o.Title, o.Description); revert.Is {
		e.Attributes["revert"] = "true"
		if revert.Number != "" {
			e.RevertsChangeID = p.change(revert.Project, "!"+revert.Number)
		}
	}
	if e.RevertsChangeID != "" && kind == schemas.ChangeChangeMerged {
		drafts = append(drafts, intake.Draft{User: d.User, Repo: d.Repo, Event: &schemas.ChangeEvent{Envelope: p.envelope(at, "reverted by", number),
			Kind: schemas.ChangeChangeReverted, ChangeID: e.RevertsChangeID, CommitIDs: e.CommitIDs, Attributes: map[string]string{"event": "merge_request"}}})
	}
	return drafts, nil
}
