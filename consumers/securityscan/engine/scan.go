package engine

import (
	"slices"
	"sync"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// languages by the names that clients report.
var languages = map[string]*syntax.Language{
	"python": syntax.Python,
	"go":     syntax.Go,
	"c":      syntax.C,
	"cpp":    syntax.CPP,

	"javascript": syntax.JavaScript,
	"typescript": syntax.TypeScript,
	"java":       syntax.Java,
	"ruby":       syntax.Ruby,
	"php":        syntax.PHP,
}

// workPerNode bounds the work on a fragment: how often, on average, a node of its tree may be evaluated.
const workPerNode = 16

var evaluations = sync.Pool{New: func() any { return newEvaluation() }}

// Scan finds the weaknesses in a fragment, in the order of their places. The coverage has a reason where the fragment was
// too large or too deep. A language without rules finds nothing; see Languages.
func (p *Pack) Scan(language, code string) ([]weakness.Weakness, weakness.Coverage) {
	rs := p.languages[language]
	if rs == nil {
		return nil, weakness.Coverage{}
	}
	tree := syntax.Parse(rs.lang, code)
	defer tree.Release()
	e := evaluations.Get().(*evaluation)
	defer evaluations.Put(e)
	defer e.reset()
	e.rs, e.src, e.tree = rs, code, tree
	e.budget = tree.Nodes*workPerNode + 1000
	e.run()
	found := weakness.Innermost(weakness.Sort(slices.Clone(e.found)))
	var c weakness.Coverage
	if !tree.Complete || e.budget <= 0 {
		c.Reason = weakness.ReasonBudget
	}
	return found, c
}
