package topology

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
)

// PrincipalPrefix is what every Kafka user of Assay starts with under SASL. With client certificates another prefix and
// the broker's ssl.principal.mapping.rules do the same.
const PrincipalPrefix = "User:assay-"

// Permission allows a principal some operations on a resource.
type Permission struct {
	Principal  string                   `json:"principal"`
	Resource   kafka.ResourceType       `json:"resource"`
	Name       string                   `json:"name"`
	Pattern    string                   `json:"pattern"` // literal or prefixed
	Operations []kafka.ACLOperationType `json:"operations"`
}

// ACLs is all that the principals of a topology may do.
type ACLs []Permission

// ACLs derives the permissions from the edges. Each service is a principal that reads its inputs, writes its outputs,
// and owns its group and its state. Besides them, "producer" and "collector" write the topics that no service writes, and
// what they can't read to the dead letters; "lag" watches every group on its topics and writes synthetic events among the
// chats, and "admin" applies ACLs and plans, in this order, reads lag and replays dead letters. Describe is implied by Read
// and Write.
func (t Topology) ACLs(prefix string) ACLs {
	var acls ACLs
	allow := func(name string, resource kafka.ResourceType, on, pattern string, operations ...kafka.ACLOperationType) {
		acls = append(acls, Permission{prefix + name, resource, on, pattern, operations})
	}
	const read, write = kafka.ACLOperationTypeRead, kafka.ACLOperationTypeWrite
	written := map[string]bool{DeadLetters: true}
	for _, s := range t.Services {
		allow(s.Name, kafka.ResourceTypeGroup, s.Group(), "literal", read)
		for _, topic := range t.Topics { // in the order of topics, so that the same topology always prints the same
			var operations []kafka.ACLOperationType
			if slices.Contains(s.Inputs, topic.Name) || topic.Name == s.StateTopic() {
				operations = append(operations, read)
			}
			if slices.Contains(s.Outputs, topic.Name) || topic.Name == s.StateTopic() {
				operations = append(operations, write)
				written[topic.Name] = true
			}
			if len(operations) > 0 {
				allow(s.Name, kafka.ResourceTypeTopic, topic.Name, "literal", operations...)
			}
		}
	}
	for _, client := range []string{"producer", "collector"} {
		for _, topic := range t.Topics {
			if !written[topic.Name] || topic.Name == DeadLetters {
				allow(client, kafka.ResourceTypeTopic, topic.Name, "literal", write)
			}
		}
	}
	for _, topic := range t.Topics {
		operations := []kafka.ACLOperationType{read}
		if topic.Name == schemas.ChatEventRecord.Topic {
			operations = append(operations, write)
		}
		if slices.ContainsFunc(t.Services, func(s Service) bool { return slices.Contains(s.Inputs, topic.Name) }) {
			allow("lag", kafka.ResourceTypeTopic, topic.Name, "literal", operations...)
		}
	}
	allow("lag", kafka.ResourceTypeGroup, "assay-", "prefixed", kafka.ACLOperationTypeDescribe)
	for _, topic := range t.Topics {
		allow("admin", kafka.ResourceTypeTopic, topic.Name, "literal", read, write, kafka.ACLOperationTypeCreate,
			kafka.ACLOperationTypeAlter, kafka.ACLOperationTypeDescribeConfigs, kafka.ACLOperationTypeAlterConfigs)
	}
	allow("admin", kafka.ResourceTypeGroup, "assay-", "prefixed", kafka.ACLOperationTypeDescribe)
	allow("admin", kafka.ResourceTypeCluster, "kafka-cluster", "literal", kafka.ACLOperationTypeAlter)
	return acls
}

// String prints the commands of Kafka's own tool; $BROKERS and $ADMIN_CONFIG are the caller's.
func (a ACLs) String() string {
	var b strings.Builder
	for _, p := range a {
		fmt.Fprintf(&b, `kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN_CONFIG" --add --allow-principal %q`, p.Principal)
		for _, operation := range p.Operations {
			fmt.Fprintf(&b, " --operation %s", operation)
		}
		if p.Resource == kafka.ResourceTypeCluster {
			b.WriteString(" --cluster\n")
			continue
		}
		fmt.Fprintf(&b, " --%s %s --resource-pattern-type %s\n", strings.ToLower(p.Resource.String()), p.Name, p.Pattern)
	}
	return b.String()
}

// Apply adds the permissions; those that the cluster has already stay as they are, and none is removed.
func (a ACLs) Apply(ctx context.Context, client *kafka.Client) error {
	request := &kafka.CreateACLsRequest{}
	for _, p := range a {
		pattern := kafka.PatternTypeLiteral
		if p.Pattern == "prefixed" {
			pattern = kafka.PatternTypePrefixed
		}
		for _, operation := range p.Operations {
			request.ACLs = append(request.ACLs, kafka.ACLEntry{
				ResourceType: p.Resource, ResourceName: p.Name, ResourcePatternType: pattern,
				Principal: p.Principal, Host: "*", Operation: operation, PermissionType: kafka.ACLPermissionTypeAllow,
			})
		}
	}
	response, err := client.CreateACLs(ctx, request)
	if err != nil {
		return fmt.Errorf("create ACLs: %w", err)
	}
	var problems []error
	for i, err := range response.Errors {
		if err != nil {
			acl := request.ACLs[i]
			problems = append(problems, fmt.Errorf("allow %s to %s %s %s: %w", acl.Principal, acl.Operation, acl.ResourceType, acl.ResourceName, err))
		}
	}
	return errors.Join(problems...)
}
