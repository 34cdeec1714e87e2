package conformance_test

import (
	"os"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/assayhq/assay/topology"
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

// TestReal runs where the environment names a cluster, with the same variables that the program takes.
func TestReal(t *testing.T) {
	if os.Getenv("KAFKA_BROKERS") == "" && os.Getenv("ASSAY_BROKERS") == "" {
		t.Skip("neither KAFKA_BROKERS nor ASSAY_BROKERS names a cluster")
	}
	var cluster topology.Cluster
	parser, err := kong.New(&cluster)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, cluster)
}
