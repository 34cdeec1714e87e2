package main

import (
	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/producers/privacy/redact"
)

// newRedactor joins the first hop with the scanner that finds secrets in code later.
func newRedactor() (*redact.Redactor, error) {
	scanner, err := secrets.New()
	if err != nil {
		return nil, err
	}
	return redact.New(scanner.Spans), nil
}
