package topology

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// ClientID names Assay's connections in broker logs and quotas.
const ClientID = "assay"

// Cluster says how to reach a Kafka cluster. Its tags make flags and environment variables of it (kong).
type Cluster struct {
	Brokers []string `name:"brokers" env:"ASSAY_BROKERS,KAFKA_BROKERS" placeholder:"HOST:PORT" help:"Kafka brokers to start from, separated by commas."`
	TLS     TLS      `embed:"" prefix:"kafka-tls-"`
	SASL    SASL     `embed:"" prefix:"kafka-sasl-"`
}

// TLS says how the connection is encrypted. Certificates are always verified: a private authority goes into CAFile.
type TLS struct {
	Enabled    bool   `name:"enabled" env:"ASSAY_KAFKA_TLS_ENABLED" help:"Encrypt connections to Kafka."`
	CAFile     string `name:"ca-file" env:"ASSAY_KAFKA_TLS_CA_FILE" placeholder:"FILE" help:"PEM file of the authorities to trust; default: the system's."`
	CertFile   string `name:"cert-file" env:"ASSAY_KAFKA_TLS_CERT_FILE" placeholder:"FILE" help:"PEM file of the client certificate."`
	KeyFile    string `name:"key-file" env:"ASSAY_KAFKA_TLS_KEY_FILE" placeholder:"FILE" help:"PEM file of the client certificate's key."`
	ServerName string `name:"server-name" env:"ASSAY_KAFKA_TLS_SERVER_NAME" placeholder:"NAME" help:"Name to expect in the broker's certificate; default: its host."`
}

// SASL says how the client proves who it is.
type SASL struct {
	Mechanism    string `name:"mechanism" env:"ASSAY_KAFKA_SASL_MECHANISM" placeholder:"NAME" help:"PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; default: no login."`
	Username     string `name:"username" env:"ASSAY_KAFKA_SASL_USERNAME" placeholder:"NAME" help:"Kafka user."`
	Password     Secret `name:"password" env:"ASSAY_KAFKA_SASL_PASSWORD" placeholder:"SECRET" help:"Its password; other users of the machine see flags, so use the environment or a file."`
	PasswordFile string `name:"password-file" env:"ASSAY_KAFKA_SASL_PASSWORD_FILE" placeholder:"FILE" help:"File that holds the password."`
}

// Secret is a string that every way of printing shows as dots.
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "•••"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON and slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Client returns a client for requests to the cluster. Each has its own connections and its own cache of the cluster's
// metadata; it connects at the first request.
func (c Cluster) Client() (*kafka.Client, error) {
	transport, err := c.Transport()
	if err != nil {
		return nil, err
	}
	return &kafka.Client{Addr: kafka.TCP(c.Brokers...), Transport: transport, Timeout: requestTimeout}, nil
}

// Transport returns the connection pool that a Client or a kafka.Writer uses.
func (c Cluster) Transport() (*kafka.Transport, error) {
	encryption, login, err := c.security()
	if err != nil {
		return nil, err
	}
	return &kafka.Transport{ClientID: ClientID, DialTimeout: dialTimeout, TLS: encryption, SASL: login}, nil
}

// Dialer returns what kafka.ConsumerGroup connects with.
func (c Cluster) Dialer() (*kafka.Dialer, error) {
	encryption, login, err := c.security()
	if err != nil {
		return nil, err
	}
	return &kafka.Dialer{ClientID: ClientID, Timeout: dialTimeout, DualStack: true, TLS: encryption, SASLMechanism: login}, nil
}

const (
	dialTimeout = 10 * time.Second
	// requestTimeout ends a request to a broker that has stopped answering. kafka-go gives brokers half of it for their
	// part, without it half a second for a write and two for new topics, whatever the context says.
	requestTimeout = time.Minute
)

func (c Cluster) security() (*tls.Config, sasl.Mechanism, error) {
	encryption, tlsErr := c.TLS.config()
	login, saslErr := c.SASL.mechanism()
	return encryption, login, errors.Join(c.problems(), tlsErr, saslErr)
}

func (c Cluster) problems() error {
	if len(c.Brokers) == 0 {
		return errors.New("no Kafka brokers: give --brokers or set ASSAY_BROKERS")
	}
	var problems []error
	local := true
	for _, broker := range c.Brokers {
		host, _, err := net.SplitHostPort(broker)
		if err != nil {
			problems = append(problems, fmt.Errorf("broker address %q is not host:port", broker))
			continue
		}
		ip := net.ParseIP(host)
		local = local && (host == "localhost" || ip != nil && ip.IsLoopback())
	}
	if c.SASL.Mechanism == "PLAIN" && !c.TLS.Enabled && !local {
		problems = append(problems, errors.New("PLAIN would send the password in clear: add --kafka-tls-enabled or log in with SCRAM-SHA-512"))
	}
	return errors.Join(problems...)
}

func (t TLS) config() (*tls.Config, error) {
	if !t.Enabled {
		if t != (TLS{}) {
			return nil, errors.New("TLS files or names are given but TLS is off: add --kafka-tls-enabled")
		}
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read --kafka-tls-ca-file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--kafka-tls-ca-file %s holds no PEM certificate", t.CAFile)
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, errors.New("a client certificate needs both --kafka-tls-cert-file and --kafka-tls-key-file")
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("load the client certificate for Kafka: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	if s.Mechanism == "" {
		if s != (SASL{}) {
			return nil, errors.New("a Kafka user or password is given but no login method: add --kafka-sasl-mechanism")
		}
		return nil, nil
	}
	if s.Password != "" && s.PasswordFile != "" {
		return nil, errors.New("--kafka-sasl-password and --kafka-sasl-password-file are both given: keep one")
	}
	password := string(s.Password)
	if s.PasswordFile != "" {
		text, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read --kafka-sasl-password-file: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	if s.Username == "" || password == "" {
		return nil, fmt.Errorf("--kafka-sasl-mechanism %s needs a user and a password", s.Mechanism)
	}
	switch s.Mechanism {
	case "PLAIN":
		return plain.Mechanism{Username: s.Username, Password: password}, nil
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, s.Username, password)
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, s.Username, password)
	}
	return nil, fmt.Errorf("--kafka-sasl-mechanism %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", s.Mechanism)
}
