package conformance

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/lag"
)

// RunAccess applies the topology and its ACLs as admin, then holds every principal against them: it can do what its
// edges say and is refused everything else. The function as returns the cluster with the login of the principal
// "assay-<name>", which exists already.
func RunAccess(t *testing.T, topo topology.Topology, admin topology.Cluster, as func(name string) topology.Cluster) {
	adminClient := client(t, admin)
	apply(t, adminClient, topo)
	acls := topo.ACLs(topology.PrincipalPrefix)
	for range 2 { // the second time changes nothing
		if err := acls.Apply(t.Context(), adminClient); err != nil {
			t.Fatal(err)
		}
	}
	leaders := map[string]kafka.Partition{}
	metadata, err := client(t, admin).Metadata(t.Context(), &kafka.MetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range metadata.Topics {
		for _, partition := range topic.Partitions { // a broker lists them in no order
			if partition.ID == 0 {
				leaders[topic.Name] = partition
			}
		}
	}
	for _, topic := range topo.Topics { // something to read
		produce(t, adminClient, topic.Name, 0, "a")
	}
	for _, s := range topo.Services {
		t.Run(s.Name, func(t *testing.T) {
			client := client(t, as(s.Name))
			for _, topic := range topo.Topics {
				own := topic.Name == s.StateTopic()
				at := leaders[topic.Name]
				expect(t, "read "+topic.Name, own || slices.Contains(s.Inputs, topic.Name), func() error { return read(t, as(s.Name), at) })
				expect(t, "write "+topic.Name, own || slices.Contains(s.Outputs, topic.Name), func() error { return write(t, as(s.Name), at) })
			}
			for _, other := range topo.Services {
				expect(t, "commit as "+other.Name, other.Name == s.Name, func() error { return commit(t, client, other.Group(), nil, s.Inputs[0], 0, "") })
			}
			expect(t, "apply ACLs", false, func() error { return acls.Apply(t.Context(), client) })
		})
	}
	for _, name := range []string{"producer", "collector"} {
		t.Run(name, func(t *testing.T) {
			for _, topic := range topo.Topics {
				written := topic.Record == nil
				for _, s := range topo.Services {
					written = written || slices.Contains(s.Outputs, topic.Name)
				}
				at := leaders[topic.Name]
				expect(t, "read "+topic.Name, false, func() error { return read(t, as(name), at) })
				expect(t, "write "+topic.Name, !written || topic.Name == topology.DeadLetters, func() error { return write(t, as(name), at) })
			}
		})
	}
	t.Run("lag", func(t *testing.T) {
		sampler, err := lag.NewSampler(as("lag"), topo)
		if err != nil {
			t.Fatal(err)
		}
		defer sampler.Close()
		waiting := 0
		observed, err := sampler.Sample(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, o := range observed {
			if !o.Oldest.IsZero() {
				waiting++
			}
		}
		if waiting == 0 {
			t.Errorf("no time of a waiting record among %d partitions", len(observed))
		}
		for _, topic := range topo.Topics {
			at := leaders[topic.Name]
			expect(t, "write "+topic.Name, topic.Name == schemas.ChatEventRecord.Topic, func() error { return write(t, as("lag"), at) })
		}
		for _, s := range topo.Services {
			expect(t, "commit as "+s.Name, false, func() error { return commit(t, client(t, as("lag")), s.Group(), nil, s.Inputs[0], 0, "") })
		}
	})
	t.Run("admin by ACL", func(t *testing.T) {
		client := client(t, as("admin"))
		if _, err := topo.Plan(t.Context(), client); err != nil {
			t.Errorf("plan: %v", err)
		}
		for _, s := range topo.Services {
			if _, err := topology.Lag(t.Context(), client, s.Group(), s.Inputs...); err != nil {
				t.Errorf("lag of %s: %v", s.Name, err)
			}
		}
		if _, err := topology.Drained(t.Context(), client, topo); err != nil {
			t.Errorf("drained: %v", err)
		}
		if err := acls.Apply(t.Context(), client); err != nil {
			t.Errorf("apply ACLs: %v", err)
		}
		// A new topic's ACLs come first: they are what allows the admin to create it.
		grown := topology.Topology{Topics: []topology.Topic{{Name: fresh("later"), Partitions: 1, Compact: true}}}
		if err := grown.ACLs(topology.PrincipalPrefix).Apply(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		apply(t, client, grown)
	})
	t.Run("wrong password", func(t *testing.T) {
		wrong := as("producer")
		wrong.SASL.Password += "x"
		_, err := client(t, wrong).Metadata(t.Context(), &kafka.MetadataRequest{})
		// The embedded broker hangs up without an answer, as brokers before 1.0 did.
		if !errors.Is(err, kafka.SASLAuthenticationFailed) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, want %v", err, kafka.SASLAuthenticationFailed)
		}
	})
}

// expect waits for what is allowed, as brokers learn of rules one after the other; what isn't is refused at once.
func expect(t *testing.T, what string, allowed bool, attempt func() error) {
	t.Helper()
	if allowed {
		if err := settled(t, attempt, refusals...); err != nil {
			t.Errorf("%s: %v, want success", what, err)
		}
		return
	}
	err := settled(t, attempt)
	if !slices.ContainsFunc(refusals, func(e kafka.Error) bool { return errors.Is(err, e) }) {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}

var refusals = []kafka.Error{kafka.TopicAuthorizationFailed, kafka.GroupAuthorizationFailed, kafka.ClusterAuthorizationFailed}

// read reads the partition without asking first whether it exists, as write writes it: a client that asks gives up by
// itself when it may not see the topic, and the broker would go untested.
func read(t *testing.T, cluster topology.Cluster, partition kafka.Partition) error {
	t.Helper()
	conn := dial(t, cluster, partition)
	defer conn.Close()
	batch := conn.ReadBatch(1, 1<<20)
	_, err := batch.ReadMessage()
	batch.Close() // gives the connection back; the error is the same
	return err
}

func write(t *testing.T, cluster topology.Cluster, partition kafka.Partition) error {
	t.Helper()
	conn := dial(t, cluster, partition)
	defer conn.Close()
	_, err := conn.WriteMessages(kafka.Message{Key: []byte("k"), Value: []byte("a")})
	return err
}

func dial(t *testing.T, cluster topology.Cluster, partition kafka.Partition) *kafka.Conn {
	t.Helper()
	dialer, err := cluster.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dialer.DialPartition(t.Context(), "tcp", "", partition)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Seek(0, kafka.SeekAbsolute|kafka.SeekDontCheck)
	if err = errors.Join(err, conn.SetDeadline(time.Now().Add(10*time.Second))); err != nil {
		t.Fatal(err)
	}
	return conn
}
