package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

// checkVacant refuses a cluster of the environment that Assay's topics are on: the tests delete them.
func checkVacant(ctx context.Context) error {
	var cluster topology.Cluster
	parser, err := kong.New(&cluster)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(nil); err != nil {
		return err
	}
	client, err := cluster.Client()
	if err != nil {
		return err
	}
	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return fmt.Errorf("reach the cluster that KAFKA_BROKERS names: %w", err)
	}
	ours := map[string]bool{}
	for _, topic := range topology.Topics() {
		ours[topic.Name] = true
	}
	var present []string
	for _, topic := range metadata.Topics {
		if ours[topic.Name] || strings.HasPrefix(topic.Name, "assay.") {
			present = append(present, topic.Name)
		}
	}
	if len(present) > 0 {
		return fmt.Errorf("the cluster that KAFKA_BROKERS names holds %s, and the tests would delete them: name another cluster, or delete them yourself",
			strings.Join(present, ", "))
	}
	return nil
}
