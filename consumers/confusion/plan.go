package confusion

import "slices"

// Step is one step of a clarification plan: what the assistant should ask or explain next.
type Step struct {
	ID   string // bounded: what events carry
	Text string // for people
}

// steps are the templates of a plan, by reason, in the order in which to take them.
var steps = [reasons][]Step{
	misunderstoodRequest: {
		{"restate_request", "Restate the request in your own words and name what the last answer got wrong."},
		{"ask_difference", "Ask for one example of input and wanted output if the difference is not plain."},
		{"answer_only_that", "Answer exactly that, and change nothing else."},
	},
	unexpectedBehaviour: {
		{"ask_observation", "Ask for the exact command, input and full output unless they are there."},
		{"explain_cause", "Explain what the message or result means and what caused it."},
		{"give_check", "Give the smallest change, and a check that shows that it works."},
	},
	unclearExplanation: {
		{"point_at_part", "Quote the part that is unclear and say in one sentence what it does."},
		{"explain_example", "Walk through it with concrete values, step by step."},
		{"check_understanding", "Ask which step is still unclear."},
	},
	missingContext: {
		{"define_terms", "Define the terms, files and inputs that the answer took for granted."},
		{"link_source", "Say where they are found: path, documentation, version."},
		{"ask_setting", "Ask what the person's own setting is: version, tools, files."},
	},
	missingRationale: {
		{"give_reason", "Say why it is so, with the source or the rule that it follows from."},
		{"give_alternatives", "Name the alternatives that were rejected, and why."},
	},
	unsureHow: {
		{"confirm_or_correct", "Say plainly whether the approach is right; if not, what the first mistake is."},
		{"compare_options", "Compare the options for this goal and recommend one."},
		{"give_test", "Give a test with which the person can see it for themselves."},
	},
}

// planOrder is the order of reasons in a plan: first what was asked, then what happened, then why.
var planOrder = [reasons]int{misunderstoodRequest, unexpectedBehaviour, unclearExplanation, missingContext, missingRationale, unsureHow}

// Plan returns the steps for the reasons, each once.
func Plan(reasons []string) []Step {
	var plan []Step
	for _, r := range planOrder {
		if slices.Contains(reasons, ReasonNames[r]) {
			plan = append(plan, steps[r]...)
		}
	}
	return plan
}
