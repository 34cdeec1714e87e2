package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// maxFiles of a push become events. A push of more is a merge of histories or generated code, nobody's edits.
const maxFiles = 5000

// Push is a move of a branch or a tag.
type Push struct {
	Source string // github or gitlab
	Host   string // whose the number is
	Number int64  // the repository's
	Repo   string // its address
	User   string // who pushed

	Ref           string
	Before, After string            // zeros where the ref is new, or deleted
	Commits       []json.RawMessage // PushedCommit
	Total         int               // commits, where the list is cut
}

// PushedCommit is a commit as GitHub and GitLab send it.
type PushedCommit struct {
	ID        string `json:"id"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`
	Author    struct {
		Username string `json:"username"` // GitHub, where the address is known to be somebody's
		Email    string `json:"email"`
	} `json:"author"`
	Added    []string `json:"added"`
	Modified []string `json:"modified"`
	Removed  []string `json:"removed"`
}

var errNoCommit = errors.New("a commit has no id")

// Map returns what is known of a push: the push itself, and every file that its commits touched. There is no text in it, so
// what survived in the files can't be told.
func (p Push) Map(r intake.Request) intake.Result {
	var result intake.Result
	event := &schemas.ChangeEvent{Kind: schemas.ChangeUnknown,
		Envelope: schemas.Envelope{Source: p.Source, OccurredAt: r.Received,
			EventID: schemas.DerivedID(p.Source, p.Host, "push", strconv.FormatInt(p.Number, 10), p.Ref, p.Before, p.After)},
		ChangeID:   p.Repo + "@" + p.Ref,
		Attributes: map[string]string{"event": "push", "ref": p.kind(), "commits": strconv.Itoa(max(p.Total, len(p.Commits)))},
	}
	if Commit(p.After) == "" {
		event.Attributes["deleted"] = "true"
	}
	if Commit(p.Before) == "" {
		event.Attributes["created"] = "true"
	}
	files := 0
	for i, raw := range p.Commits {
		commit, touched, err := p.commit(r, i, raw)
		if err != nil {
			result.Rejected = append(result.Rejected, intake.Rejected{Index: i, Reason: err.Error(), Dead: true, Raw: bytes.Clone(raw)})
			continue
		}
		event.CommitIDs = append(event.CommitIDs, commit.CommitID)
		event.OccurredAt = commit.OccurredAt // the last one's: a push has no time of its own
		if files += len(touched); files <= maxFiles {
			result.Drafts = append(result.Drafts, touched...)
		}
	}
	if files > maxFiles {
		result.Drafts = nil
		event.Attributes["files_left_out"] = strconv.Itoa(files)
	}
	result.Drafts = append(result.Drafts, intake.Draft{Event: event, User: p.User, Repo: p.Repo})
	return result
}

func (p Push) kind() string {
	switch {
	case strings.HasPrefix(p.Ref, "refs/tags/"):
		return "tag"
	case strings.HasPrefix(p.Ref, "refs/heads/"):
		return "branch"
	}
	return "other"
}

// commit returns what all files of a commit share, and the files.
func (p Push) commit(r intake.Request, index int, raw []byte) (whole schemas.CodeEvent, files []intake.Draft, err error) {
	var c PushedCommit
	if err := Decode(raw, &c); err != nil {
		return whole, nil, err
	}
	if c.ID = Commit(c.ID); c.ID == "" {
		return whole, nil, errNoCommit
	}
	at, err := Time(c.Timestamp, r.Received)
	if err != nil {
		return whole, nil, err
	}
	title, text, _ := strings.Cut(c.Message, "\n")
	revert := ReadRevert(title, text)
	whole = schemas.CodeEvent{Envelope: schemas.Envelope{OccurredAt: at, Source: p.Source}, Kind: schemas.CodeFileCommitted,
		CommitID: c.ID, IsRevert: revert.Is, RevertsCommitID: revert.Commit}
	user := c.Author.Username
	if user == "" {
		user = c.Author.Email
	}
	for list, paths := range [][]string{c.Added, c.Modified, c.Removed} {
		for i, path := range paths {
			if path == "" {
				continue
			}
			file := whole
			// The place in the commit instead of the path, which could be tried.
			file.EventID = schemas.DerivedID(p.Source, p.Host, "file", strconv.FormatInt(p.Number, 10), c.ID, strconv.Itoa(list), strconv.Itoa(i))
			file.FileDeleted = list == 2
			files = append(files, intake.Draft{Event: &file, Index: index, User: user, Repo: p.Repo, Path: path})
		}
	}
	return whole, files, nil
}
