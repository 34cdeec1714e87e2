package gitlab

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/assayhq/assay/producers/collector/webhook"
)

// payload is what is read of a webhook's body.
type payload struct {
	Kind      string `json:"object_kind"`
	EventType string `json:"event_type"`
	User      struct {
		ID       int64  `json:"id"`
		Username string `json:"username"`
	} `json:"user"`
	Project struct {
		ID     int64  `json:"id"`
		WebURL string `json:"web_url"`
	} `json:"project"`
	Object *object `json:"object_attributes"`
	Labels []label `json:"labels"`

	UserUsername string            `json:"user_username"`
	Ref          string            `json:"ref"`
	Before       string            `json:"before"`
	After        string            `json:"after"`
	Commits      []json.RawMessage `json:"commits"`
	TotalCommits int               `json:"total_commits_count"`

	DeploymentID    int64  `json:"deployment_id"`
	Status          string `json:"status"`
	StatusChangedAt string `json:"status_changed_at"`
	Environment     string `json:"environment"`
	EnvironmentTier string `json:"environment_tier"`
	CommitURL       string `json:"commit_url"`
}

// object is a merge request, an issue or a work item.
type object struct {
	IID             int64  `json:"iid"`
	Action          string `json:"action"`
	Title           string `json:"title"`
	Description     string `json:"description"`
	AuthorID        int64  `json:"author_id"`
	CreatedAt       string `json:"created_at"`
	UpdatedAt       string `json:"updated_at"`
	ClosedAt        string `json:"closed_at"`
	TargetBranch    string `json:"target_branch"`
	MergeCommitSHA  string `json:"merge_commit_sha"`
	SquashCommitSHA string `json:"squash_commit_sha"`
	OldRevision     string `json:"oldrev"`
	Type            string `json:"type"`
	Severity        string `json:"severity"`
	LastCommit      struct {
		ID string `json:"id"`
	} `json:"last_commit"`
}

type label struct {
	Title string `json:"title"`
}

// incident says whether an issue is one: plain issues have a severity and an escalation status, too.
func (p *payload) incident() bool {
	return p.Kind == "incident" || p.EventType == "incident" || strings.EqualFold(p.Object.Type, "incident") ||
		slices.ContainsFunc(p.Labels, func(l label) bool { return webhook.Incident(l.Title) })
}
