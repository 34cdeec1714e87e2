package evaluate

import (
	"strings"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas/sketch"
)

// Client is what stands between a case's text and the detector: it makes the sketches and reads the messages.
type Client struct {
	Sketch   func(code, language string) sketch.Sketch
	IsRevert func(message string) bool
}

// history is the files of a case as the client knows them.
type history struct {
	Client
	language string
	followed string // path of the file with the accepted code
	files    map[string]sketch.Sketch
}

// Judge sends a case through the detector as a client would, and returns its judgement. Every sketch goes through
// its encoding.
func (c Client) Judge(k *Case) (rework.Fate, error) {
	h := history{c, k.Language, k.Accepted.Path, map[string]sketch.Sketch{}}
	a := &k.Accepted
	after := c.Sketch(a.FileAfter, k.Language)
	end := a.StartLine + strings.Count(a.Code, "\n")
	accepted := after.Cut(a.StartLine, end)
	var replaced sketch.Sketch
	if a.FileBefore != nil {
		// Only the piece differs, so what isn't before or after it was replaced.
		before := c.Sketch(*a.FileBefore, k.Language)
		replaced = before.Cut(a.StartLine, end+strings.Count(*a.FileBefore, "\n")-strings.Count(a.FileAfter, "\n"))
	}
	for _, s := range []*sketch.Sketch{&accepted, &replaced, &after} {
		if err := send(s); err != nil {
			return rework.Fate{}, err
		}
	}
	var file rework.File
	file.Accept(rework.Acceptance{Accepted: accepted, Replaced: replaced, Start: a.StartLine, End: end})
	file.Step(rework.Step{Now: &after})
	h.files[a.Path] = after
	for i := range k.Later {
		step, err := h.step(&k.Later[i])
		if err != nil {
			return rework.Fate{}, err
		}
		file.Step(step)
	}
	return file.Fates()[0], nil
}

// step turns a commit into what the client of the followed file sends.
func (h *history) step(s *Step) (rework.Step, error) {
	step := rework.Step{Revert: h.IsRevert(s.Message)}
	for _, f := range s.Files {
		if f.OldPath == h.followed && f.Path != h.followed {
			h.files[f.Path] = h.files[f.OldPath]
			h.followed = f.Path
		}
	}
	var elsewhere sketch.Sketch
	for _, f := range s.Files {
		var now sketch.Sketch
		if f.Content != nil {
			now = h.Sketch(*f.Content, h.language)
		}
		if err := send(&now); err != nil {
			return step, err
		}
		was := h.files[f.Path]
		if f.OldPath != "" {
			was = h.files[f.OldPath]
		}
		h.files[f.Path] = now
		if f.Path == h.followed {
			step.Now = &now
			continue
		}
		rework.AppendAdded(&elsewhere, &was, &now)
	}
	if len(elsewhere.Tokens) > 0 {
		if err := send(&elsewhere); err != nil {
			return step, err
		}
		step.Elsewhere = &elsewhere
	}
	return step, nil
}

// send replaces a sketch by what arrives of it.
func send(s *sketch.Sketch) (err error) {
	*s, err = sketch.Parse(s.Append(nil))
	return err
}
