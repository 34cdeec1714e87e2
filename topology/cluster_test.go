package topology_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/assayhq/assay/topology"
)

func TestClusterRefusesContradictions(t *testing.T) {
	dir := t.TempDir()
	notPEM := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(notPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	far, near := []string{"kafka.example:9092"}, []string{"127.0.0.1:9092", "localhost:9093", "[::1]:9094"}
	login := topology.SASL{Mechanism: "PLAIN", Username: "u", Password: "hunter2"}
	for name, test := range map[string]struct {
		cluster topology.Cluster
		want    string // empty: accepted
	}{
		"no brokers":            {topology.Cluster{}, "ASSAY_BROKERS"},
		"no port":               {topology.Cluster{Brokers: []string{"kafka.example"}}, "host:port"},
		"plain":                 {topology.Cluster{Brokers: far}, ""},
		"TLS files without TLS": {topology.Cluster{Brokers: far, TLS: topology.TLS{CAFile: "x"}}, "--kafka-tls-enabled"},
		"no such authority":     {topology.Cluster{Brokers: far, TLS: topology.TLS{Enabled: true, CAFile: missing}}, "--kafka-tls-ca-file"},
		"no PEM":                {topology.Cluster{Brokers: far, TLS: topology.TLS{Enabled: true, CAFile: notPEM}}, "no PEM certificate"},
		"certificate, no key":   {topology.Cluster{Brokers: far, TLS: topology.TLS{Enabled: true, CertFile: notPEM}}, "--kafka-tls-key-file"},
		"bad certificate":       {topology.Cluster{Brokers: far, TLS: topology.TLS{Enabled: true, CertFile: notPEM, KeyFile: notPEM}}, "client certificate"},
		"TLS":                   {topology.Cluster{Brokers: far, TLS: topology.TLS{Enabled: true}}, ""},
		"user without method":   {topology.Cluster{Brokers: far, SASL: topology.SASL{Username: "u"}}, "--kafka-sasl-mechanism"},
		"method without user":   {topology.Cluster{Brokers: far, SASL: topology.SASL{Mechanism: "SCRAM-SHA-512"}}, "needs a user and a password"},
		"unknown method":        {topology.Cluster{Brokers: far, SASL: topology.SASL{Mechanism: "NTLM", Username: "u", Password: "p"}}, `"NTLM"`},
		"two passwords":         {topology.Cluster{Brokers: far, SASL: topology.SASL{Mechanism: "SCRAM-SHA-512", Username: "u", Password: "hunter2", PasswordFile: missing}}, "keep one"},
		"no password file":      {topology.Cluster{Brokers: far, SASL: topology.SASL{Mechanism: "SCRAM-SHA-512", Username: "u", PasswordFile: missing}}, "--kafka-sasl-password-file"},
		"password in clear":     {topology.Cluster{Brokers: far, SASL: login}, "in clear"},
		"clear on this machine": {topology.Cluster{Brokers: near, SASL: login}, ""},
		"PLAIN under TLS":       {topology.Cluster{Brokers: far, SASL: login, TLS: topology.TLS{Enabled: true}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := test.cluster.Client()
			if _, dialErr := test.cluster.Dialer(); fmt.Sprint(dialErr) != fmt.Sprint(err) {
				t.Errorf("Client says %v, Dialer %v", err, dialErr)
			}
			if test.want == "" {
				if err != nil || client == nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	cluster := topology.Cluster{SASL: topology.SASL{Password: "hunter2"}}
	text, err := json.Marshal(cluster)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(cluster), fmt.Sprintf("%+v %#v %s %q", cluster, cluster, cluster.SASL.Password, cluster.SASL.Password), string(text)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("printed: %s", shown)
		}
	}
}

func TestClusterFromEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KAFKA_BROKERS", "a:1,b:2")
	t.Setenv("ASSAY_KAFKA_TLS_ENABLED", "true")
	t.Setenv("ASSAY_KAFKA_SASL_PASSWORD_FILE", file)
	var cluster topology.Cluster
	parser, err := kong.New(&cluster)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--kafka-sasl-mechanism=SCRAM-SHA-512", "--kafka-sasl-username=me"}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(cluster.Brokers, " "); got != "a:1 b:2" || !cluster.TLS.Enabled {
		t.Errorf("brokers %q, TLS %v", got, cluster.TLS.Enabled)
	}
	transport, err := cluster.Transport()
	if err != nil {
		t.Fatal(err)
	}
	if transport.TLS == nil || transport.SASL == nil || transport.SASL.Name() != "SCRAM-SHA-512" {
		t.Errorf("TLS %v, login %v", transport.TLS, transport.SASL)
	}
}
