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

func TestKafkaAccess(t *testing.T) {
	admin := localtest.Kafka(t)
	if admin.SASL.Mechanism == "" {
		t.Skip("the cluster that KAFKA_BROKERS names asks nobody who they are: name its user with ASSAY_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD")
	}
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			localtest.Vacate(t, admin)
			logins := map[string]topology.Cluster{}
			conformance.RunAccess(t, twoServices(t), admin, func(name string) topology.Cluster {
				if _, ok := logins[name]; !ok {
					logins[name] = localtest.Login(t, admin, mechanism, "assay-"+name)
				}
				return logins[name]
			})
		})
	}
}
