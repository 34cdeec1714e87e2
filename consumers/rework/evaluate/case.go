// Package evaluate measures how well rework is judged: it holds the labelled cases, what a client would have sent for
// them, and the figures. It must not judge anything itself, and the detector under test never sees a case.
package evaluate

import "time"

// Case is a labelled history of one accepted piece of code.
type Case struct {
	ID       string   `json:"id"`
	Language string   `json:"language"`
	Accepted Accepted `json:"accepted"`
	Later    []Step   `json:"later"`
	Verdict  string   `json:"verdict"`
	Survival float64  `json:"survival"`
	Accept   []string `json:"accept"` // verdicts that count as right; only the label's where empty
	How      string   `json:"how"`    // origin of the label, for breakdowns
}

// Accepted is the acceptance.
type Accepted struct {
	Path       string    `json:"path"`
	StartLine  int       `json:"start_line"`
	Code       string    `json:"code"`
	FileBefore *string   `json:"file_before"` // nil: the file was new
	FileAfter  string    `json:"file_after"`
	At         time.Time `json:"at"`
}

// Step is a commit or save after it.
type Step struct {
	At      time.Time `json:"at"`
	Message string    `json:"message"`
	Files   []File    `json:"files"`
}

// File is a file's content after a step; nil where the step deleted it.
type File struct {
	Path    string  `json:"path"`
	Content *string `json:"content"`
	OldPath string  `json:"old_path"`
}
