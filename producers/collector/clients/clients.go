// Package clients lists the mappings of clients that the collector serves. A new one is a folder beside the others and a line
// here (docs/guides/clients/new-mapping.md).
package clients

import (
	"github.com/assayhq/assay/producers/collector/claudecode"
	"github.com/assayhq/assay/producers/collector/codex"
	"github.com/assayhq/assay/producers/collector/continuedev"
	"github.com/assayhq/assay/producers/collector/copilotchat"
	"github.com/assayhq/assay/producers/collector/geminicli"
	"github.com/assayhq/assay/producers/collector/gitlabtrack"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/producers/collector/tabby"
)

// OTLP returns the mapping of the clients that speak OpenTelemetry, over HTTP and gRPC.
func OTLP() *otlp.Mapping {
	return otlp.New(claudecode.Client(), geminicli.Client(), codex.Client(), copilotchat.Client())
}

// Mappings returns all mappings of editors and agents.
func Mappings() []intake.Mapping {
	return []intake.Mapping{OTLP(), continuedev.Mapping{}, tabby.Mapping{}, gitlabtrack.Mapping{}}
}
