// Package rules holds the rules for programming languages, one YAML file per language. They were written from the
// descriptions of CWE and the documentation of languages and libraries. It must hold nothing but data.
package rules

import (
	"embed"
	"fmt"

	"github.com/assayhq/assay/consumers/securityscan/engine"
)

//go:embed *.yaml
var files embed.FS

// Load compiles the rules, which takes some milliseconds.
func Load() (*engine.Pack, error) {
	pack, err := engine.Load(files)
	if err != nil {
		return nil, fmt.Errorf("load the rules for code: %w", err)
	}
	return pack, nil
}
