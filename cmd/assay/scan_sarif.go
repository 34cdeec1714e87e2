package main

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/assayhq/assay/schemas"
)

// writeSARIF writes findings as SARIF 2.1.0 (OASIS 2020), with the properties that code hosts read: security-severity,
// precision and tags of the rules, and partial fingerprints of the results.
func writeSARIF(w io.Writer, s scanned) error { return sarifReport(s).PrettyWrite(w) }

func sarifReport(s scanned) *sarif.Report {
	run := sarif.NewRunWithInformationURI("assay", "https://github.com/assayhq/assay")
	run.WithColumnKind("unicodeCodePoints")
	run.Tool.Driver.WithVersion(version).WithProperties(sarif.NewPropertyBag().Add("rulePack", s.RulePack))
	known := map[string]bool{}
	for _, f := range s.Findings {
		if !known[f.Rule] {
			known[f.Rule] = true
			describeRule(run.AddRule(f.Rule), f)
		}
		place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(filepath.ToSlash(f.Path))).
			WithRegion(sarif.NewRegion().WithStartLine(int(f.Line)).WithStartColumn(int(f.Column)).
				WithEndLine(int(f.EndLine)).WithEndColumn(int(f.EndColumn) + 1)) // SARIF's end is behind the last character
		result := run.CreateResultForRule(f.Rule).WithLevel(sarifLevel(f.Severity)).
			WithMessage(sarif.NewTextMessage(f.Message + " " + f.Fix)).
			AddLocation(sarif.NewLocationWithPhysicalLocation(place)).
			WithPartialFingerprints(map[string]string{"assay/v1": f.Fingerprint}).
			WithProperties(sarif.NewPropertyBag().Add("severity", f.Severity).Add("confidence", f.Confidence))
		if f.Suppressed != "" {
			result.AddSuppression(sarif.NewSuppression().WithKind("inSource").WithJustification(f.Suppressed))
		}
	}
	invocation := sarif.NewInvocation().WithExecutionSuccessful(true)
	for _, n := range s.Notes {
		note := sarif.NewNotification().WithLevel("note").WithMessage(sarif.NewTextMessage(n.Kind + ": " + n.Reason)).
			AddLocation(sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
				WithArtifactLocation(sarif.NewSimpleArtifactLocation(filepath.ToSlash(n.Path)))))
		if n.Kind == string(schemas.FindingNotScanned) {
			note.WithLevel("error")
			invocation.WithExecutionSuccessful(false)
		}
		invocation.AddToolExecutionNotification(note)
	}
	run.AddInvocation(invocation)
	report := sarif.NewReport()
	report.AddRun(run)
	return report
}

func describeRule(rule *sarif.ReportingDescriptor, f scanFinding) {
	text := func(s string) *sarif.MultiformatMessageString { return sarif.NewMultiformatMessageString().WithText(s) }
	number, _ := strings.CutPrefix(f.CWE, "CWE-")
	rule.WithShortDescription(text(f.Message)).WithFullDescription(text(f.Message)).WithHelp(text(f.Fix)).
		WithProperties(sarif.NewPropertyBag().Add("security-severity", securitySeverity[f.Severity]).Add("precision", f.Confidence).
			WithTags([]string{"security", "external/cwe/cwe-" + number}))
	if number != "" {
		rule.WithHelpURI("https://cwe.mitre.org/data/definitions/" + number + ".html")
	}
}

func sarifLevel(s schemas.Severity) string {
	switch s {
	case schemas.SeverityCritical, schemas.SeverityHigh:
		return "error"
	case schemas.SeverityMedium:
		return "warning"
	}
	return "note"
}

// securitySeverity is the middle of the range of CVSS scores (v3.1, section 5) that has the name.
var securitySeverity = map[schemas.Severity]string{
	schemas.SeverityCritical: "9.5", schemas.SeverityHigh: "8.0", schemas.SeverityMedium: "5.5", schemas.SeverityLow: "2.0",
}
