package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assayhq/assay/consumers/confusion"
)

// TestConfusionModelIsReplacedWhileRunning replaces the file as training and mounts do, by writing and by renaming.
func TestConfusionModelIsReplacedWhileRunning(t *testing.T) {
	first, err := os.ReadFile("../../consumers/confusion/model.bin")
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.Clone(first)
	second[len(second)-1]++
	hash := func(file []byte) string {
		m, err := confusion.ReadModel(file)
		if err != nil {
			t.Fatal(err)
		}
		return m.Hash()
	}
	path := filepath.Join(t.TempDir(), "model.bin")
	write := func(path string, file []byte) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, first)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var logged bytes.Buffer
		now, err := ruleFiles{ConfusionModel: path}.follow(ctx, slog.New(slog.NewTextHandler(&logged, nil)))
		if err != nil {
			t.Fatal(err)
		}
		poll := func() { // in the bubble's time
			time.Sleep(2 * rulesPoll)
			synctest.Wait()
		}
		if got := now.model().Hash(); got != hash(first) {
			t.Errorf("model %s, want the file's %s", got, hash(first))
		}
		write(path, second[:len(second)/2])
		poll()
		if got := now.model().Hash(); got != hash(first) || !strings.Contains(logged.String(), "not a whole model") {
			t.Errorf("after half a model: %s, want %s; logged %s", got, hash(first), &logged)
		}
		write(path+".new", second)
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		poll()
		if got := now.model().Hash(); got != hash(second) || !strings.Contains(logged.String(), hash(second)) {
			t.Errorf("after the whole model: %s, want %s; logged %s", got, hash(second), &logged)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		poll()
		if got := now.model().Hash(); got != hash(second) {
			t.Errorf("without the file: %s, want %s", got, hash(second))
		}
	})
	if _, err := (ruleFiles{ConfusionModel: path}).follow(t.Context(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a program starts without the model that it was given")
	}
}
