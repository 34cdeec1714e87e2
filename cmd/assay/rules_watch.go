package main

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/assayhq/assay/consumers/quality"
)

// rulesPoll is how often a file of rules is looked at.
const rulesPoll = 2 * time.Second

// followRules reads the file of rules, the built-in ones where path is empty, and returns the rules in force: those of the
// file as it is then, until ctx ends.
func followRules(ctx context.Context, path string, log *slog.Logger) (func() *quality.Rules, error) {
	rules, err := readRules(path)
	if err != nil {
		return nil, err
	}
	current := new(atomic.Pointer[quality.Rules])
	current.Store(rules)
	if path != "" {
		go watchRules(ctx, path, current, log)
	}
	return current.Load, nil
}

// watchRules replaces the rules in force whenever the file changes, until ctx ends. Rules with a mistake change nothing: those in
// force stay, and the mistake is logged once for each version of the file. Polling also sees files that are replaced by
// renaming, as mounted configuration is.
func watchRules(ctx context.Context, path string, current *atomic.Pointer[quality.Rules], log *slog.Logger) {
	last, _ := os.Stat(path)
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
		rules, err := readRules(path)
		if err != nil {
			log.Error("the changed rules are not taken; correct the file", "error", err)
			continue
		}
		if before := current.Swap(rules); before.Hash() != rules.Hash() {
			log.Info("rules changed", "file", path, "policy", rules.Hash(), "before", before.Hash())
		}
	}
}
