package localtest

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

// scramIterations is the least that Kafka takes.
const scramIterations = 4096

// Login makes a user of a real cluster, with a password of its own, and returns the cluster with its login. The
// mechanism is SCRAM-SHA-256 or SCRAM-SHA-512. The user is deleted when the test ends.
func Login(t testing.TB, admin topology.Cluster, mechanism, user string) topology.Cluster {
	t.Helper()
	client := Client(t, admin)
	password := rand.Text()
	credentials, err := credentialsOf(mechanism, user, password)
	if err != nil {
		t.Fatal(err)
	}
	alterUser(t, client, &kafka.AlterUserScramCredentialsRequest{Upsertions: []kafka.UserScramCredentialsUpsertion{credentials}})
	t.Cleanup(func() {
		alterUser(t, client, &kafka.AlterUserScramCredentialsRequest{Deletions: []kafka.UserScramCredentialsDeletion{{Name: user, Mechanism: credentials.Mechanism}}})
	})
	login := admin
	login.SASL = topology.SASL{Mechanism: mechanism, Username: user, Password: topology.Secret(password)}
	for _, broker := range admin.Brokers {
		awaitLogin(t, login, broker)
	}
	return login
}

func credentialsOf(mechanism, user, password string) (c kafka.UserScramCredentialsUpsertion, err error) {
	c = kafka.UserScramCredentialsUpsertion{Name: user, Iterations: scramIterations, Salt: []byte(rand.Text())}
	switch mechanism {
	case "SCRAM-SHA-256":
		c.Mechanism = kafka.ScramMechanismSha256
		c.SaltedPassword, err = pbkdf2.Key(sha256.New, password, c.Salt, c.Iterations, sha256.Size)
	case "SCRAM-SHA-512":
		c.Mechanism = kafka.ScramMechanismSha512
		c.SaltedPassword, err = pbkdf2.Key(sha512.New, password, c.Salt, c.Iterations, sha512.Size)
	default:
		err = errors.New(mechanism + " keeps no users in the cluster")
	}
	return c, err
}

func alterUser(t testing.TB, client *kafka.Client, request *kafka.AlterUserScramCredentialsRequest) {
	t.Helper()
	response, err := client.AlterUserScramCredentials(context.WithoutCancel(t.Context()), request)
	if err == nil && len(response.Results) > 0 {
		err = response.Results[0].Error
	}
	if err != nil {
		t.Fatal(err)
	}
}

// awaitLogin waits until the broker knows the user: brokers learn of changes one after the other.
func awaitLogin(t testing.TB, login topology.Cluster, broker string) {
	t.Helper()
	dialer, err := login.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := dialer.DialContext(t.Context(), "tcp", broker)
		if err == nil {
			conn.Close()
			return
		}
		if !errors.Is(err, kafka.SASLAuthenticationFailed) || time.Now().After(deadline) {
			t.Fatalf("log in to %s as %s: %v", broker, login.SASL.Username, err)
		}
		time.Sleep(20 * time.Millisecond) // between attempts
	}
}
