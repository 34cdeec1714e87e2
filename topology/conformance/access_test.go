package conformance_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/conformance"
	"github.com/assayhq/assay/topology/local"
	"github.com/assayhq/assay/topology/local/localtest"
)

func TestEmbeddedAccess(t *testing.T) {
	topo := twoServices(t)
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"} {
		t.Run(mechanism, func(t *testing.T) {
			config := local.Config{ACLs: true, Users: []local.User{{Mechanism: mechanism, Name: "root", Password: "root-password", Super: true}}}
			for _, name := range []string{"outcomes", "quality", "producer", "collector", "lag", "admin"} {
				config.Users = append(config.Users, local.User{Mechanism: mechanism, Name: "assay-" + name, Password: name + "-password"})
			}
			var authority string
			config.TLS, authority = selfSigned(t)
			l := localtest.StartEmpty(t, config)
			login := func(user, password string) topology.Cluster {
				cluster := l.Cluster()
				cluster.TLS = topology.TLS{Enabled: true, CAFile: authority}
				cluster.SASL = topology.SASL{Mechanism: mechanism, Username: user, Password: topology.Secret(password)}
				return cluster
			}
			conformance.RunAccess(t, topo, login("root", "root-password"), func(name string) topology.Cluster {
				return login("assay-"+name, name+"-password")
			})
		})
	}
}

func twoServices(t *testing.T) topology.Topology {
	t.Helper()
	topo, err := topology.New(
		topology.Service{Name: "outcomes", Shape: topology.Map, Inputs: []string{"assistant.code", "assistant.chat"}, Outputs: []string{"quality.outcomes"}},
		topology.Service{Name: "quality", Shape: topology.Fold, Inputs: []string{"quality.outcomes"}, Outputs: []string{"models.retrain"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return topo
}

func TestEmbeddedSecured(t *testing.T) {
	config := local.Config{Users: []local.User{{Mechanism: "SCRAM-SHA-512", Name: "root", Password: "secret", Super: true}}}
	var authority string
	config.TLS, authority = selfSigned(t)
	cluster := localtest.StartEmpty(t, config).Cluster()
	cluster.TLS = topology.TLS{Enabled: true, CAFile: authority}
	cluster.SASL = topology.SASL{Mechanism: "SCRAM-SHA-512", Username: "root", Password: "secret"}
	conformance.Run(t, cluster)
}

// selfSigned returns a server configuration for 127.0.0.1 and the file of the authority to trust.
func selfSigned(t *testing.T) (*tls.Config, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: server.TLS.Certificates}, file
}
