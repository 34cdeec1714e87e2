package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/conformance"
	"github.com/assayhq/assay/topology/local/localtest"
)

func TestKafka(t *testing.T) {
	conformance.Run(t, localtest.Kafka(t))
}

// TestKafkaPlaintext reaches the same brokers without TLS and login, where they can be reached so.
func TestKafkaPlaintext(t *testing.T) {
	localtest.Kafka(t)
	brokers := os.Getenv("ASSAY_TEST_KAFKA_PLAINTEXT")
	if brokers == "" {
		t.Skip("the cluster that KAFKA_BROKERS names was tested as it was given")
	}
	conformance.Run(t, topology.Cluster{Brokers: strings.Split(brokers, ",")})
}
