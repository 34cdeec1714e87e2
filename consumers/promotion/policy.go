package promotion

import (
	_ "embed"
	"slices"

	"github.com/assayhq/assay/consumers/policyfile"
	"github.com/assayhq/assay/consumers/promotion/paired"
	"github.com/assayhq/assay/schemas"
)

//go:embed policy.yaml
var defaultPolicy []byte

// Policy says when a candidate may replace its baseline; see policy.yaml. Build it with ParsePolicy or DefaultPolicy.
type Policy struct {
	Alpha               float64               `yaml:"alpha"`
	Power               float64               `yaml:"power"`
	ExpectedEffect      float64               `yaml:"expected_effect"`
	ExpectedDiscordance float64               `yaml:"expected_discordance"`
	MinEffect           float64               `yaml:"min_effect"`
	MinTasks            int                   `yaml:"min_tasks"`
	Approval            []schemas.Environment `yaml:"approval"`
	Languages           Guard                 `yaml:"languages"`
	Security            Guard                 `yaml:"security"`

	required int
	hash     string
}

// Guard is what a test for a regression needs.
type Guard struct {
	Alpha    float64 `yaml:"alpha"`
	MinTasks int     `yaml:"min_tasks"`
}

// DefaultPolicy is the policy that ships with Assay.
func DefaultPolicy() *Policy {
	p, err := ParsePolicy(defaultPolicy)
	if err != nil {
		panic(err) // a test parses it
	}
	return p
}

// ParsePolicy reads a policy in YAML and computes the tasks that it needs. The error lists every problem with its line.
func ParsePolicy(source []byte) (*Policy, error) {
	p := new(Policy)
	file, err := policyfile.Read("policy", source, p)
	if err != nil {
		return nil, err
	}
	if err := p.check(file); err != nil {
		return nil, err
	}
	p.hash = file.Hash()
	return p, nil
}

// check returns every problem, and sets the required number of tasks.
func (p *Policy) check(file *policyfile.File) error {
	require := func(ok bool, field, format string, args ...any) { file.Require(ok, field, field+" "+format, args...) }
	require(p.Alpha > 0 && p.Alpha <= 0.5, "alpha", "must be over 0 and at most 0.5, is %v", p.Alpha)
	require(p.Power >= 0.5 && p.Power < 1, "power", "must be from 0.5 to 1, is %v", p.Power)
	require(p.ExpectedDiscordance > 0 && p.ExpectedDiscordance <= 1, "expected_discordance", "must be over 0 and at most 1, is %v", p.ExpectedDiscordance)
	require(p.ExpectedEffect > 0 && p.ExpectedEffect <= p.ExpectedDiscordance, "expected_effect", "must be over 0 and at most expected_discordance, is %v", p.ExpectedEffect)
	require(p.MinEffect >= 0 && p.MinEffect < p.ExpectedEffect, "min_effect", "must be 0 or more and under expected_effect, is %v", p.MinEffect)
	require(p.MinTasks >= 1, "min_tasks", "must be at least 1, is %d", p.MinTasks)
	require(p.Languages.Alpha > 0 && p.Languages.Alpha < 1, "languages.alpha", "must be between 0 and 1, is %v", p.Languages.Alpha)
	require(p.Languages.MinTasks >= 1, "languages.min_tasks", "must be at least 1, is %d", p.Languages.MinTasks)
	require(p.Security.Alpha > 0 && p.Security.Alpha < 1, "security.alpha", "must be between 0 and 1, is %v", p.Security.Alpha)
	require(p.Security.MinTasks >= 0, "security.min_tasks", "must not be negative, is %d", p.Security.MinTasks)
	for _, e := range p.Approval {
		require(slices.Contains(environments, e), "approval", "lists %q, which is none of %v", e, environments)
	}
	if err := file.Err(); err != nil {
		return err
	}
	var ok bool
	p.required, ok = paired.Plan{
		Alpha: p.Alpha / 2, Power: p.Power, Effect: p.ExpectedEffect, MinEffect: p.MinEffect, Discordance: p.ExpectedDiscordance,
	}.Required(maxTasks)
	require(ok, "expected_effect", "of %v can't be shown with a power of %v by %d tasks, which is the most that a run may have", p.ExpectedEffect, p.Power, maxTasks)
	return file.Err()
}

var environments = []schemas.Environment{schemas.EnvironmentProduction, schemas.EnvironmentCanary, schemas.EnvironmentDogfood}

// Hash is the content hash of the policy, which every decision carries.
func (p *Policy) Hash() string { return p.hash }

// RequiredTasks is how many tasks a run needs for the policy's power.
func (p *Policy) RequiredTasks() int { return p.required }

// approves reports whether a person must approve wins there.
func (p *Policy) approves(e schemas.Environment) bool { return slices.Contains(p.Approval, e) }
