package continuedev

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/assayhq/assay/producers/collector/terms"
)

// data has the fields of all events that are read; what is unknown is ignored.
type data struct {
	Timestamp json.RawMessage `json:"timestamp"`
	EventName string          `json:"eventName"`
	Schema    string          `json:"schema"`
	UserID    string          `json:"userId"`   // a token of the client's, often ""
	UniqueID  string          `json:"uniqueId"` // the machine
	UserAgent string          `json:"userAgent"`
	SessionID string          `json:"sessionId"`

	ModelProvider string `json:"modelProvider"`
	ModelName     string `json:"modelName"`
	Model         string `json:"model"`
	Provider      string `json:"provider"`

	Filepath string `json:"filepath"`
	FileURI  string `json:"fileUri"` // fileURI in nextEditWithHistory
	Path     string `json:"path"`
	GitRepo  string `json:"gitRepo"`

	CompletionID string   `json:"completionId"`
	Accepted     *bool    `json:"accepted"`
	Aborted      *bool    `json:"aborted"`
	CacheHit     *bool    `json:"cacheHit"`
	Time         *float64 `json:"time"`    // to compute, ms
	Elapsed      *float64 `json:"elapsed"` // likewise

	PreviousCodeLines *int32 `json:"previousCodeLines"`
	NewCodeLines      *int32 `json:"newCodeLines"`
	LineChange        *int32 `json:"lineChange"` // negative for deletions

	Feedback        *bool  `json:"feedback"` // true: thumbs up
	PromptTokens    *int64 `json:"promptTokens"`
	GeneratedTokens *int64 `json:"generatedTokens"`

	ToolCallID   string `json:"toolCallId"`
	FunctionName string `json:"functionName"`
	Succeeded    *bool  `json:"succeeded"`

	content
}

// content is what noCode must leave out.
type content struct {
	Prefix                string          `json:"prefix"`
	Suffix                string          `json:"suffix"`
	Prompt                string          `json:"prompt"`
	Completion            string          `json:"completion"`
	PreviousCode          string          `json:"previousCode"`
	NewCode               string          `json:"newCode"`
	UserEdits             string          `json:"userEdits"`
	UserExcerpts          string          `json:"userExcerpts"`
	OriginalEditableRange string          `json:"originalEditableRange"`
	BeforeContent         string          `json:"beforeContent"`
	AfterContent          string          `json:"afterContent"`
	Context               json.RawMessage `json:"context"`
	Diffs                 json.RawMessage `json:"diffs"`
	PreviousEdits         json.RawMessage `json:"previousEdits"`
	ToolCallArgs          json.RawMessage `json:"toolCallArgs"`
	Output                json.RawMessage `json:"output"`
}

func (c content) hasCode() bool {
	texts := c.Prefix + c.Suffix + c.Prompt + c.Completion + c.PreviousCode + c.NewCode + c.UserEdits + c.UserExcerpts +
		c.OriginalEditableRange + c.BeforeContent + c.AfterContent
	for _, raw := range []json.RawMessage{c.Context, c.Diffs, c.PreviousEdits, c.ToolCallArgs, c.Output} {
		switch string(raw) {
		case "", "null", `""`, "[]", "{}":
		default:
			return true
		}
	}
	return texts != ""
}

func (d data) path() string  { return cmp.Or(d.Filepath, d.FileURI, d.Path) }
func (d data) model() string { return cmp.Or(d.ModelName, d.Model) }

// version of Continue, from "IDE/version (Continue/version)".
func (d data) version() string {
	_, version, _ := strings.Cut(d.UserAgent, "(Continue/")
	return terms.Word(strings.TrimSuffix(version, ")"))
}

func (d data) attributes() map[string]string {
	attributes := map[string]string{}
	ide, _, _ := strings.Cut(d.UserAgent, " (")
	for key, value := range map[string]string{"ide": terms.Name(ide), "provider": terms.Word(cmp.Or(d.ModelProvider, d.Provider))} {
		if value != "" {
			attributes[key] = value
		}
	}
	return attributes
}
