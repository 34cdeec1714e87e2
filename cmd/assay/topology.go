package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

type topologyCommand struct {
	Plan  planCommand  `cmd:"" help:"Show what apply would change; exit 1 when there is something."`
	Apply applyCommand `cmd:"" help:"Create what is missing and register the schemas. Never deletes, never shrinks."`
	Graph graphCommand `cmd:"" help:"Draw topics, services and edges."`
	ACLs  aclsCommand  `cmd:"" name:"acls" help:"Show the access rules that the services need, or create them."`
}

type planCommand struct {
	dataFolder
	kafkaFlags
	JSON bool `name:"json" help:"Print the plan as JSON."`
}

// plan compares the topology with the cluster.
func plan(ctx context.Context, d dataFolder, c kafkaFlags) (topology.Plan, error) {
	topo, err := wholeTopology()
	if err != nil {
		return topology.Plan{}, err
	}
	if d.Data != "" {
		topo = limitPartitions(topo, localPartitions)
	}
	client, err := c.client()
	if err != nil {
		return topology.Plan{}, err
	}
	return topo.Plan(ctx, client)
}

func (p *planCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := p.use(ctx, quiet(log), places{kafka: &p.Cluster})
	if err != nil {
		return err
	}
	defer release()
	result, err := plan(ctx, p.dataFolder, p.kafkaFlags)
	if err != nil {
		return err
	}
	if p.JSON {
		err = json.NewEncoder(os.Stdout).Encode(result)
	} else {
		fmt.Print(result)
	}
	if err == nil && !result.Empty() {
		err = errSaid
	}
	return err
}

type applyCommand struct {
	dataFolder
	topics
	Repartition bool `help:"Also raise partition counts, which sends keys to other partitions: stop the services first."`
}

func (a *applyCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := a.use(ctx, quiet(log), places{kafka: &a.Cluster, registry: &a.Registry})
	if err != nil {
		return err
	}
	defer release()
	result, err := plan(ctx, a.dataFolder, a.kafkaFlags)
	if err != nil {
		return err
	}
	client, err := a.client()
	if err != nil {
		return err
	}
	if err := result.Apply(ctx, client, a.Repartition); err != nil {
		return err
	}
	fmt.Print(result)
	registry, err := a.Registry.Client()
	if err != nil {
		return err
	}
	if _, err := schemas.RegisterAll(ctx, registry); err != nil {
		return err
	}
	fmt.Printf("registered %d schemas\n", len(schemas.Records()))
	return nil
}

type graphCommand struct {
	Format string `enum:"mermaid,dot,json" default:"mermaid" help:"Format: ${enum}."`
}

func (g *graphCommand) Run() error {
	topo, err := wholeTopology()
	if err != nil {
		return err
	}
	switch g.Format {
	case "dot":
		fmt.Print(topo.DOT())
	case "json":
		return json.NewEncoder(os.Stdout).Encode(topo.Services)
	default:
		fmt.Print(topo.Mermaid())
	}
	return nil
}

type aclsCommand struct {
	dataFolder
	kafkaFlags
	Apply  bool   `help:"Create them on the cluster."`
	Prefix string `default:"User:assay-" help:"What the principals' names start with: ${default}."`
	JSON   bool   `name:"json" help:"Print them as JSON."`
}

func (a *aclsCommand) Run(ctx context.Context, log *slog.Logger) error {
	topo, err := wholeTopology()
	if err != nil {
		return err
	}
	rules := topo.ACLs(a.Prefix)
	if !a.Apply {
		if a.JSON {
			return json.NewEncoder(os.Stdout).Encode(rules)
		}
		fmt.Print(rules)
		return nil
	}
	if a.JSON {
		return errors.New("--apply and --json exclude each other")
	}
	release, err := a.use(ctx, quiet(log), places{kafka: &a.Cluster})
	if err != nil {
		return err
	}
	defer release()
	client, err := a.client()
	if err != nil {
		return err
	}
	return rules.Apply(ctx, client)
}
