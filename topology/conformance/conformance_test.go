package conformance_test

import (
	"testing"

	"github.com/assayhq/assay/topology/conformance"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
)

func TestEmbedded(t *testing.T) {
	conformance.Run(t, localtest.StartEmpty(t, local.Config{}).Cluster())
}

func TestEmbeddedThreeBrokers(t *testing.T) {
	conformance.Run(t, localtest.StartEmpty(t, local.Config{Brokers: 3}).Cluster())
}
