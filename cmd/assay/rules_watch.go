package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/consumers/promotion"
	"github.com/assayhq/assay/consumers/quality"
)

// rulesPoll is how often a file of rules is looked at.
const rulesPoll = 2 * time.Second

// ruleFiles are the files that say what services should do, and that are read again when they change.
type ruleFiles struct {
	Rules          string `type:"path" env:"ASSAY_RULES" placeholder:"FILE" help:"YAML rules of service quality; default: the built-in ones."`
	ConfusionModel string `type:"path" env:"ASSAY_CONFUSION_MODEL" placeholder:"FILE" help:"Model of the services confusion and confusion-review ('assay train confusion'); default: the built-in one."`
	GatePolicy     string `type:"path" env:"ASSAY_GATE_POLICY" placeholder:"FILE" help:"YAML policy of service gate; default: the built-in one."`
	promotionPolicy
}

// promotionPolicy is the file that says when a candidate is promoted.
type promotionPolicy struct {
	PromotionPolicy string `type:"path" env:"ASSAY_PROMOTION_POLICY" placeholder:"FILE" help:"YAML policy of service promotion; default: the built-in one."`
}

// inForce is what the files say at the time of the call.
type inForce struct {
	rules     func() *quality.Rules
	policy    func() *gate.Policy
	promotion func() *promotion.Policy
	model     func() *confusion.Model
}

// follow reads the files, and again whenever they change, until ctx ends.
func (f ruleFiles) follow(ctx context.Context, log *slog.Logger) (now inForce, err error) {
	if now.rules, err = follow(ctx, f.Rules, quality.DefaultRules, quality.ParseRules, log); err != nil {
		return now, err
	}
	if now.policy, err = follow(ctx, f.GatePolicy, gate.DefaultPolicy, gate.ParsePolicy, log); err != nil {
		return now, err
	}
	if now.promotion, err = follow(ctx, f.PromotionPolicy, promotion.DefaultPolicy, promotion.ParsePolicy, log); err != nil {
		return now, err
	}
	model, err := confusion.Default()
	if err != nil {
		return now, err
	}
	now.model, err = follow(ctx, f.ConfusionModel, func() *confusion.Model { return model }, confusion.ReadModel, log)
	return now, err
}

// hashed has a content hash.
type hashed interface{ Hash() string }

// readRules reads a file of rules, the built-in ones where path is empty.
func readRules[T any](path string, builtIn func() T, parse func([]byte) (T, error)) (T, error) {
	if path == "" {
		return builtIn(), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return *new(T), fmt.Errorf("read rules: %w", err)
	}
	rules, err := parse(text)
	if err != nil {
		return rules, fmt.Errorf("%s: %w", path, err)
	}
	return rules, nil
}

// follow reads a file of rules and returns the rules in force: those of the file as it is then, until ctx ends.
func follow[T hashed](ctx context.Context, path string, builtIn func() T, parse func([]byte) (T, error), log *slog.Logger) (func() T, error) {
	read := func() (T, error) { return readRules(path, builtIn, parse) }
	last, _ := os.Stat(path)
	rules, err := read()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return func() T { return rules }, nil
	}
	current := new(atomic.Pointer[T])
	current.Store(&rules)
	go watch(ctx, path, last, read, current, log)
	return func() T { return *current.Load() }, nil
}

// watch replaces the rules in force whenever the file changes, until ctx ends. Rules with a mistake change nothing: those in
// force stay, and the mistake is logged once for each version of the file. Polling also sees files that are replaced by
// renaming, as mounted configuration is.
func watch[T hashed](ctx context.Context, path string, last os.FileInfo, read func() (T, error), current *atomic.Pointer[T], log *slog.Logger) {
	tick := time.NewTicker(rulesPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		info, err := os.Stat(path)
		if err != nil || last != nil && info.ModTime().Equal(last.ModTime()) && info.Size() == last.Size() {
			continue
		}
		last = info
		rules, err := read()
		if err != nil {
			log.Error("the changed rules are not taken; correct the file", "error", err)
			continue
		}
		if before := *current.Swap(&rules); before.Hash() != rules.Hash() {
			log.Info("rules changed", "file", path, "policy", rules.Hash(), "before", before.Hash())
		}
	}
}
