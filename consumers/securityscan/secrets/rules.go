package secrets

import (
	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

const fix = "Read it from the environment or a secret store; revoke it if it is real."

func rule(id, cwe string, severity schemas.Severity, confidence schemas.Confidence, message string) weakness.Rule {
	return weakness.Rule{
		ID: id, CWE: cwe, OWASP: weakness.OWASP(cwe), Severity: severity, Confidence: confidence, Message: message, Fix: fix,
	}
}

// The rules that aren't gitleaks'.
var (
	rulePrivateKey = rule("secret-private-key", "CWE-321", schemas.SeverityHigh, schemas.ConfidenceHigh,
		"A private key stands in the code.")
	ruleConnection = rule("secret-in-connection-string", "CWE-798", schemas.SeverityHigh, schemas.ConfidenceHigh,
		"A URL or connection string holds a password or key.")
	ruleRandom = rule("secret-assigned", "CWE-798", schemas.SeverityHigh, schemas.ConfidenceHigh,
		"A random value is given to a name that says it is secret.")
	rulePassword = rule("secret-password", "CWE-798", schemas.SeverityHigh, schemas.ConfidenceMedium,
		"A password or secret stands in the code.")
	ruleWeak = rule("secret-weak-password", "CWE-1392", schemas.SeverityMedium, schemas.ConfidenceLow,
		"A word that is easy to guess serves as a password or secret.")
)
