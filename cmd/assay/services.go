package main

import (
	"context"
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/curation"
	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/consumers/gate/inputs"
	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/promotion"
	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/consumers/rework/moves"
	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/consumers/warehouse"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

// catalogue is the list of services. A new one adds its line here.
var catalogue = []entry{
	{warehouse.Spec, func(d deps) (consumers.Service, error) {
		return consumers.NewDrain(warehouse.Spec(), d.warehouse), nil
	}},
	{securityscan.Spec, func(d deps) (consumers.Service, error) {
		scan, err := securityscan.New(securityscan.Options{HashKey: []byte(d.keys.Token("assay", "key", "match_hash"))})
		return consumers.NewMap(securityscan.Spec(), scan), err
	}},
	{signals.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewMap(signals.Spec(), signals.Map), nil
	}},
	{outcomes.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewFold(outcomes.Spec(), outcomes.Fold).Forgetting(outcomes.Retention), nil
	}},
	{rework.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewTimedFold(rework.Spec(), rework.Fold, rework.Timer()), nil
	}},
	{moves.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewTimedFold(moves.Spec(), moves.Fold, moves.Timer()), nil
	}},
	{confusion.Spec, func(d deps) (consumers.Service, error) {
		tag, err := confusion.New(d.confusion())
		return consumers.NewFold(confusion.Spec(), tag).Forgetting(confusion.Forget), err
	}},
	{confusion.ReviewSpec, func(d deps) (consumers.Service, error) {
		tag, err := confusion.NewReview(d.confusion())
		return consumers.NewMap(confusion.ReviewSpec(), tag), err
	}},
	{curation.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewFold(curation.Spec(), curation.Fold), nil
	}},
	{quality.Spec, func(d deps) (consumers.Service, error) {
		return consumers.NewFold(quality.Spec(), quality.New(d.rules)), nil
	}},
	{inputs.Spec, func(deps) (consumers.Service, error) {
		return consumers.NewMap(inputs.Spec(), inputs.Map), nil
	}},
	{gate.Spec, func(d deps) (consumers.Service, error) {
		return consumers.NewFold(gate.Spec(), gate.New(d.policy)), nil
	}},
	{promotion.Spec, func(d deps) (consumers.Service, error) {
		return consumers.NewFold(promotion.Spec(), promotion.New(d.promotion)), nil
	}},
}

type entry struct {
	spec  func() topology.Service
	build func(deps) (consumers.Service, error)
}

// deps is what services are built from.
type deps struct {
	warehouse consumers.Writer // nil unless the warehouse is to run
	keys      *privacy.Keyring
	inForce
}

// confusion is the options of the services that tag confusion.
func (d deps) confusion() confusion.Options {
	return confusion.Options{HashKey: []byte(d.keys.Token("assay", "key", "confusion_words")), Model: d.model}
}

// wholeTopology is the topology of all services.
func wholeTopology() (topology.Topology, error) {
	specs := make([]topology.Service, len(catalogue))
	for i, e := range catalogue {
		specs[i] = e.spec()
	}
	return topology.New(specs...)
}

func serviceNames() []string {
	names := make([]string, len(catalogue))
	for i, e := range catalogue {
		names[i] = e.spec().Name
	}
	return names
}

// buildService returns the service with the name.
func buildService(name string, d deps) (consumers.Service, error) {
	for _, e := range catalogue {
		if e.spec().Name == name {
			s, err := e.build(d)
			if err != nil {
				return s, fmt.Errorf("%s: %w", name, err)
			}
			return s, nil
		}
	}
	return consumers.Service{}, fmt.Errorf("there is no service %q", name)
}

// clickhouseWriter is the sink in the terms of the runtime.
type clickhouseWriter struct{ *clickhouse.Writer }

// Write implements consumers.Writer.
func (w clickhouseWriter) Write(ctx context.Context, b consumers.Batch) error {
	return w.Insert(ctx, clickhouse.Batch(b))
}

// Judge implements consumers.Writer.
func (clickhouseWriter) Judge(err error) consumers.Verdict {
	switch clickhouse.Classify(err) {
	case clickhouse.Rejected:
		return consumers.Reject
	case clickhouse.Fatal:
		return consumers.Halt
	}
	return consumers.Retry
}
