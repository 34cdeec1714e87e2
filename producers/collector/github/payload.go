package github

import (
	"encoding/json"
	"slices"

	"github.com/assayhq/assay/producers/collector/webhook"
)

// payload is what is read of a webhook's body. Times are text here: in a push, those of the repository are numbers.
type payload struct {
	Action     string `json:"action"`
	Repository struct {
		ID       int64  `json:"id"`
		HTMLURL  string `json:"html_url"`
		FullName string `json:"full_name"`
	} `json:"repository"`
	Sender user `json:"sender"`

	Pull   *pull   `json:"pull_request"`
	Review *review `json:"review"`

	Deployment *deployment `json:"deployment"`
	Status     *status     `json:"deployment_status"`

	Issue *issue `json:"issue"`
	Label *label `json:"label"`

	Ref     string            `json:"ref"`
	Before  string            `json:"before"`
	After   string            `json:"after"`
	Commits []json.RawMessage `json:"commits"`
}

type user struct {
	Login string `json:"login"`
}

type label struct {
	Name string `json:"name"`
}

type pull struct {
	Number         int64  `json:"number"`
	Title          string `json:"title"`
	Body           string `json:"body"`
	User           user   `json:"user"`
	CreatedAt      string `json:"created_at"`
	UpdatedAt      string `json:"updated_at"`
	ClosedAt       string `json:"closed_at"`
	Merged         bool   `json:"merged"`
	MergedAt       string `json:"merged_at"`
	MergeCommitSHA string `json:"merge_commit_sha"`
	Head           struct {
		SHA string `json:"sha"`
	} `json:"head"`
	Base struct {
		Ref string `json:"ref"`
	} `json:"base"`
	Additions    *int32 `json:"additions"`
	Deletions    *int32 `json:"deletions"`
	ChangedFiles *int32 `json:"changed_files"`
}

type review struct {
	ID          int64  `json:"id"`
	User        user   `json:"user"`
	State       string `json:"state"`
	SubmittedAt string `json:"submitted_at"`
	CommitID    string `json:"commit_id"`
}

type deployment struct {
	ID          int64  `json:"id"`
	SHA         string `json:"sha"`
	Environment string `json:"environment"`
	Production  bool   `json:"production_environment"`
	CreatedAt   string `json:"created_at"`
}

type status struct {
	ID          int64  `json:"id"`
	State       string `json:"state"`
	Environment string `json:"environment"`
	CreatedAt   string `json:"created_at"`
}

type issue struct {
	Number      int64   `json:"number"`
	Labels      []label `json:"labels"`
	CreatedAt   string  `json:"created_at"`
	UpdatedAt   string  `json:"updated_at"`
	ClosedAt    string  `json:"closed_at"`
	StateReason string  `json:"state_reason"`
	Type        *label  `json:"type"`
}

// incident says whether the issue is one, by a label or by its type.
func (i *issue) incident() bool {
	return i.Type != nil && webhook.Incident(i.Type.Name) || slices.ContainsFunc(i.Labels, func(l label) bool { return webhook.Incident(l.Name) })
}
