package local_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

// TestWhoDiesWhileJoiningExpires: a member whose connection ends before its join is answered loses its partitions when its session
// has timed out.
func TestWhoDiesWhileJoiningExpires(t *testing.T) {
	cluster := localtest.Start(t).Cluster()
	client := localtest.Client(t, cluster)
	plan, err := topology.Topology{Topics: []topology.Topic{{Name: "shared", Partitions: 2, Retention: 1 << 50}}}.Plan(t.Context(), client)
	if err == nil {
		err = plan.Apply(t.Context(), client, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: "group", Brokers: cluster.Brokers, Topics: []string{"shared"}, HeartbeatInterval: 200 * time.Millisecond, SessionTimeout: 6 * time.Second, RebalanceTimeout: 6 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	partitions := func() int {
		t.Helper()
		g, err := group.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return len(g.Assignments["shared"])
	}
	all := partitions()

	broker, err := net.Dial("tcp", cluster.Brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	join := kmsg.NewPtrJoinGroupRequest()
	join.SetVersion(3) // the last one that joins with one request
	join.Group, join.ProtocolType, join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = "group", "consumer", 6000, 6000
	topics := kmsg.NewConsumerMemberMetadata()
	topics.Topics = []string{"shared"}
	for _, name := range []string{"range", "roundrobin"} {
		protocol := kmsg.NewJoinGroupRequestProtocol()
		protocol.Name, protocol.Metadata = name, topics.AppendTo(nil)
		join.Protocols = append(join.Protocols, protocol)
	}
	if _, err := broker.Write(kmsg.NewRequestFormatter().AppendRequest(nil, join, 1)); err != nil {
		t.Fatal(err)
	}
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	if shared := partitions(); shared >= all {
		t.Fatalf("%d of %d partitions are left to the first member: the second one didn't join", shared, all)
	}
	if again := partitions(); again != all {
		t.Errorf("%d of %d partitions after the second one's session", again, all)
	}
}
