package localtest

import (
	"os"

	"testing"

	"github.com/alecthomas/kong"

	"github.com/assayhq/assay/topology"
)

// Kafka returns the real cluster that `make test-kafka` made for tests, logged in as superuser. Without one the test is
// skipped.
func Kafka(t testing.TB) topology.Cluster {
	t.Helper()
	if !isKafka() {
		t.Skip("needs a real Kafka: run it with `make test-kafka`")
	}
	var cluster topology.Cluster
	parser, err := kong.New(&cluster)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	return cluster
}

func isKafka() bool { return os.Getenv("ASSAY_TEST_KAFKA") != "" }
