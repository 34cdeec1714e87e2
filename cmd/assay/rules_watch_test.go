package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assayhq/assay/consumers/quality"
)

func TestChangedRulesAreTaken(t *testing.T) {
	rule := func(slo string) string {
		return "rules:\n  - {id: a, match: {category: retention}, slo: " + slo +
			", min_events: 5, arl: 1000, clear_arl: 100, lateness: 5m, cool_down: 1h, action: full, severity: high}\n"
	}
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rules.yaml")
		version := 0
		// As mounted configuration is: another file takes the place of the old one.
		put := func(text string) {
			version++
			next := path + ".next"
			if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(next, time.Time{}, time.Unix(int64(version), 0)); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(next, path); err != nil {
				t.Fatal(err)
			}
		}
		put(rule("0.1"))
		var log strings.Builder
		rules, err := follow(t.Context(), path, quality.DefaultRules, quality.ParseRules, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		poll := func() {
			time.Sleep(rulesPoll + time.Millisecond) // of the bubble's clock
			synctest.Wait()
		}
		first := rules()
		if poll(); rules() != first || log.Len() != 0 {
			t.Errorf("an unchanged file was read again: %s", &log)
		}
		put(rule("0.2"))
		poll()
		second := rules()
		if second.Hash() == first.Hash() || !strings.Contains(log.String(), second.Hash()) {
			t.Errorf("hash %s after %s, log %s", second.Hash(), first.Hash(), &log)
		}
		log.Reset()
		put(rule("2"))
		poll()
		poll()
		if rules() != second || strings.Count(log.String(), "correct the file") != 1 || !strings.Contains(log.String(), "line 2") {
			t.Errorf("rules with a mistake: taken %v, log %s", rules() != second, &log)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if poll(); rules() != second {
			t.Error("a file that is gone changed the rules")
		}
		put(rule("0.1"))
		if poll(); rules().Hash() != first.Hash() {
			t.Errorf("hash %s, want %s again", rules().Hash(), first.Hash())
		}
	})
}

func TestRulesWithAMistakeDoNotStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte("rules: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := follow(t.Context(), path, quality.DefaultRules, quality.ParseRules, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("no error")
	}
}
