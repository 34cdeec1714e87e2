package localtest

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

// Kafka returns the real cluster that `make test-kafka` made for tests, logged in as a superuser. Without one the test
// is skipped.
func Kafka(t testing.TB) topology.Cluster {
	t.Helper()
	if !onKafka() {
		t.Skip("needs a real Kafka: run it with `make test-kafka`")
	}
	if os.Getenv("ASSAY_BROKERS") != "" {
		t.Fatal("ASSAY_BROKERS would win over KAFKA_BROKERS: unset it, the tests empty the cluster that they are given")
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

func onKafka() bool { return os.Getenv("ASSAY_TEST_KAFKA") != "" }

// Vacate deletes everything of Assay on the cluster, now and when the test ends: topics, groups, access rules.
func Vacate(t testing.TB, cluster topology.Cluster) {
	t.Helper()
	client := Client(t, cluster)
	vacate := func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := errors.Join(deleteGroups(ctx, client), deleteTopics(ctx, client), deleteACLs(ctx, client)); err != nil {
			t.Errorf("empty the cluster: %v", err)
		}
	}
	vacate()
	t.Cleanup(vacate)
}

// deleteGroups tries until the group's last member is gone: a test that killed it need not wait for its session.
func deleteGroups(ctx context.Context, client *kafka.Client) error {
	for {
		list, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
		if err = errors.Join(err, list.Error); err != nil {
			return err
		}
		var left error
		for _, group := range list.Groups {
			if !strings.HasPrefix(group.GroupID, "assay-") {
				continue
			}
			response, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group.GroupID}})
			if err != nil {
				return err
			}
			left = errors.Join(left, response.Errors[group.GroupID])
		}
		if left == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return left
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func deleteTopics(ctx context.Context, client *kafka.Client) error {
	for {
		metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
		if err != nil {
			return err
		}
		var ours []string
		for _, topic := range metadata.Topics {
			if known(topic.Name) {
				ours = append(ours, topic.Name)
			}
		}
		if len(ours) == 0 {
			return nil
		}
		response, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: ours})
		if err != nil {
			return err
		}
		for _, err := range response.Errors {
			if err != nil && !errors.Is(err, kafka.UnknownTopicOrPartition) {
				return err
			}
		}
		time.Sleep(50 * time.Millisecond) // between polls, as brokers learn of it one after the other
	}
}

func known(topic string) bool {
	return strings.HasPrefix(topic, "assay.") || slices.ContainsFunc(topology.Topics(), func(t topology.Topic) bool { return t.Name == topic })
}

func deleteACLs(ctx context.Context, client *kafka.Client) error {
	all := kafka.ACLFilter{ResourceTypeFilter: kafka.ResourceTypeAny, ResourcePatternTypeFilter: kafka.PatternTypeAny,
		Operation: kafka.ACLOperationTypeAny, PermissionType: kafka.ACLPermissionTypeAny}
	present, err := client.DescribeACLs(ctx, &kafka.DescribeACLsRequest{Filter: all})
	if err = errors.Join(err, present.Error); err != nil {
		return err
	}
	request := &kafka.DeleteACLsRequest{}
	for _, resource := range present.Resources {
		for _, acl := range resource.ACLs {
			if strings.HasPrefix(acl.Principal, topology.PrincipalPrefix) {
				request.Filters = append(request.Filters, kafka.DeleteACLsFilter{ResourceTypeFilter: resource.ResourceType, ResourceNameFilter: resource.ResourceName,
					ResourcePatternTypeFilter: resource.PatternType, PrincipalFilter: acl.Principal, HostFilter: acl.Host,
					Operation: acl.Operation, PermissionType: acl.PermissionType})
			}
		}
	}
	if len(request.Filters) == 0 {
		return nil
	}
	response, err := client.DeleteACLs(ctx, request)
	if err != nil {
		return err
	}
	for _, result := range response.Results {
		err = errors.Join(err, result.Error)
	}
	return err
}
