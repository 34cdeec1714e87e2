package topology

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// Plan is the difference between a topology and a cluster, as steps that never delete anything.
type Plan struct {
	Create    []CreateTopic     `json:"create"`
	Raise     []RaisePartitions `json:"raise"`
	Configure []SetConfig       `json:"configure"`
	Remarks   []string          `json:"remarks"` // differences that stay
}

// CreateTopic is a topic that the cluster lacks.
type CreateTopic struct {
	Topic       string            `json:"topic"`
	Partitions  int               `json:"partitions"`
	Replication int               `json:"replication"`
	Configs     map[string]string `json:"configs"`
}

// RaisePartitions is a topic with too few partitions. Every topic is keyed, so that raising sends keys to other
// partitions than before: their order is lost across the change, and a Fold no longer finds their state.
type RaisePartitions struct {
	Topic string `json:"topic"`
	From  int    `json:"from"`
	To    int    `json:"to"`
}

// SetConfig is a topic setting that differs.
type SetConfig struct {
	Topic string `json:"topic"`
	Name  string `json:"name"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Plan compares the topology with the cluster. New topics get min(3, brokers) replicas.
func (t Topology) Plan(ctx context.Context, client *kafka.Client) (Plan, error) {
	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return Plan{}, fmt.Errorf("ask the cluster for its topics: %w", err)
	}
	present := map[string]kafka.Topic{}
	for _, topic := range metadata.Topics {
		if topic.Error == nil {
			present[topic.Name] = topic
		}
	}
	configs, err := describeConfigs(ctx, client, t.Topics, present)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Create: []CreateTopic{}, Raise: []RaisePartitions{}, Configure: []SetConfig{}, Remarks: []string{}}
	for _, topic := range t.Topics {
		there, ok := present[topic.Name]
		if !ok {
			replication := min(3, len(metadata.Brokers))
			plan.Create = append(plan.Create, CreateTopic{topic.Name, topic.Partitions, replication, topic.configs(replication)})
			continue
		}
		switch n := len(there.Partitions); {
		case n < topic.Partitions:
			plan.Raise = append(plan.Raise, RaisePartitions{topic.Name, n, topic.Partitions})
		case n > topic.Partitions:
			plan.Remarks = append(plan.Remarks, fmt.Sprintf("%s has %d partitions, %d would do: they are never removed", topic.Name, n, topic.Partitions))
		}
		wanted := topic.configs(len(there.Partitions[0].Replicas))
		for _, name := range sortedKeys(wanted) {
			if from := configs[topic.Name][name]; from != wanted[name] {
				plan.Configure = append(plan.Configure, SetConfig{topic.Name, name, from, wanted[name]})
			}
		}
	}
	return plan, nil
}

// configs are the settings that the topology decides; the rest stays with whoever runs the cluster.
func (t Topic) configs(replication int) map[string]string {
	configs := map[string]string{
		"cleanup.policy": "delete",
		"retention.ms":   strconv.FormatInt(t.Retention.Milliseconds(), 10),
		// Retention counts from arrival: replayed events of long ago would be deleted at once by their own time, and one
		// from a clock in the year 2500 would keep its segment for ever.
		"message.timestamp.type": "LogAppendTime",
	}
	if t.Compact {
		configs["cleanup.policy"] = "compact"
		configs["retention.ms"] = "-1" // of no effect on Kafka, but the embedded broker would delete state of seven days ago
	}
	if replication >= 3 {
		configs["min.insync.replicas"] = "2"
	}
	return configs
}

func describeConfigs(ctx context.Context, client *kafka.Client, topics []Topic, present map[string]kafka.Topic) (map[string]map[string]string, error) {
	request := &kafka.DescribeConfigsRequest{}
	for _, topic := range topics {
		if _, ok := present[topic.Name]; ok {
			request.Resources = append(request.Resources, kafka.DescribeConfigRequestResource{
				ResourceType: kafka.ResourceTypeTopic, ResourceName: topic.Name, ConfigNames: sortedKeys(topic.configs(3)),
			})
		}
	}
	if len(request.Resources) == 0 {
		return nil, nil
	}
	response, err := client.DescribeConfigs(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("ask the cluster for topic settings: %w", err)
	}
	configs := map[string]map[string]string{}
	for _, resource := range response.Resources {
		if resource.Error != nil {
			return nil, fmt.Errorf("ask the cluster for the settings of %s: %w", resource.ResourceName, resource.Error)
		}
		configs[resource.ResourceName] = map[string]string{}
		for _, entry := range resource.ConfigEntries {
			configs[resource.ResourceName][entry.ConfigName] = entry.ConfigValue
		}
	}
	return configs, nil
}

// Empty says that the cluster is as the topology wants it.
func (p Plan) Empty() bool { return len(p.Create)+len(p.Raise)+len(p.Configure) == 0 }

// String prints one line per step.
func (p Plan) String() string {
	var b strings.Builder
	for _, c := range p.Create {
		fmt.Fprintf(&b, "create     %s: %d partitions, %d replicas", c.Topic, c.Partitions, c.Replication)
		for _, name := range sortedKeys(c.Configs) {
			fmt.Fprintf(&b, ", %s=%s", name, c.Configs[name])
		}
		b.WriteByte('\n')
	}
	for _, r := range p.Raise {
		fmt.Fprintf(&b, "raise      %s: %d -> %d partitions; keys move and lose their order, so only with --repartition\n", r.Topic, r.From, r.To)
	}
	for _, c := range p.Configure {
		fmt.Fprintf(&b, "configure  %s: %s %q -> %q\n", c.Topic, c.Name, c.From, c.To)
	}
	for _, remark := range p.Remarks {
		fmt.Fprintf(&b, "leave      %s\n", remark)
	}
	if p.Empty() {
		b.WriteString("nothing to do\n")
	}
	return b.String()
}

// ErrRepartition says that the plan moves keys and nobody agreed to that.
var ErrRepartition = errors.New("raising partitions sends keys to other partitions and loses their order: let the services drain, then apply with --repartition")

// Apply carries the plan out. A plan that raises partitions is refused as a whole unless repartition is true.
func (p Plan) Apply(ctx context.Context, client *kafka.Client, repartition bool) error {
	if len(p.Raise) > 0 && !repartition {
		return ErrRepartition
	}
	return errors.Join(p.create(ctx, client), p.raise(ctx, client), p.configure(ctx, client))
}

func (p Plan) create(ctx context.Context, client *kafka.Client) error {
	if len(p.Create) == 0 {
		return nil
	}
	// The client waits until it sees the new topics, for ever where it may create them but not describe them.
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the new topics don't show up in a minute: is Describe on them allowed? Apply the ACLs first"))
	defer cancel()
	request := &kafka.CreateTopicsRequest{}
	for _, c := range p.Create {
		topic := kafka.TopicConfig{Topic: c.Topic, NumPartitions: c.Partitions, ReplicationFactor: c.Replication}
		for _, name := range sortedKeys(c.Configs) {
			topic.ConfigEntries = append(topic.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: c.Configs[name]})
		}
		request.Topics = append(request.Topics, topic)
	}
	response, err := client.CreateTopics(ctx, request)
	if ctx.Err() != nil {
		return fmt.Errorf("create topics: %w", context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	var problems []error
	for _, topic := range sortedKeys(response.Errors) {
		// Somebody who applies at the same moment is no problem.
		if err := response.Errors[topic]; err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			problems = append(problems, fmt.Errorf("create topic %s: %w", topic, err))
		}
	}
	return errors.Join(problems...)
}

func (p Plan) raise(ctx context.Context, client *kafka.Client) error {
	if len(p.Raise) == 0 {
		return nil
	}
	request := &kafka.CreatePartitionsRequest{}
	for _, r := range p.Raise {
		request.Topics = append(request.Topics, kafka.TopicPartitionsConfig{Name: r.Topic, Count: int32(r.To)})
	}
	response, err := client.CreatePartitions(ctx, request)
	if err != nil {
		return fmt.Errorf("raise partitions: %w", err)
	}
	var problems []error
	for _, topic := range sortedKeys(response.Errors) {
		if err := response.Errors[topic]; err != nil {
			problems = append(problems, fmt.Errorf("raise the partitions of %s: %w", topic, err))
		}
	}
	return errors.Join(problems...)
}

func (p Plan) configure(ctx context.Context, client *kafka.Client) error {
	var problems []error
	for changes := range byTopic(p.Configure) {
		resource := kafka.IncrementalAlterConfigsRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: changes[0].Topic}
		for _, c := range changes {
			resource.Configs = append(resource.Configs, kafka.IncrementalAlterConfigsRequestConfig{
				Name: c.Name, Value: c.To, ConfigOperation: kafka.ConfigOperationSet,
			})
		}
		response, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
			Resources: []kafka.IncrementalAlterConfigsRequestResource{resource},
		})
		if err == nil && len(response.Resources) > 0 {
			err = response.Resources[0].Error
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("configure topic %s: %w", resource.ResourceName, err))
		}
	}
	return errors.Join(problems...)
}

// byTopic groups consecutive settings of one topic.
func byTopic(changes []SetConfig) func(yield func([]SetConfig) bool) {
	return func(yield func([]SetConfig) bool) {
		for start := 0; start < len(changes); {
			end := start + 1
			for end < len(changes) && changes[end].Topic == changes[start].Topic {
				end++
			}
			if !yield(changes[start:end]) {
				return
			}
			start = end
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
