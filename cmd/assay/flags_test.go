package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestACommandHasTheFlagsThatItUses(t *testing.T) {
	engines := []string{"--brokers", "--registry", "--clickhouse", "--keyring"}
	for command, uses := range map[string]string{
		"sql": "--clickhouse", "migrate": "--clickhouse", "lag show": "--brokers", "replay": "--brokers --registry --keyring",
		"audit": "--brokers --registry --clickhouse", "gate check": "--clickhouse --keyring", "run": strings.Join(engines, " "),
	} {
		help, _, _ := assay(t, append(strings.Fields(command), "--help")...)
		for _, flag := range engines {
			if got, want := strings.Contains(help, flag+"="), strings.Contains(uses, flag); got != want {
				t.Errorf("%s: %s is a flag: %v, want %v", command, flag, got, want)
			}
		}
	}
	if help, _, _ := assay(t, "sql", "--help"); strings.Count(help, "\n") > 30 {
		t.Errorf("no screen has room for\n%s", help)
	}
}

func TestExitCodes(t *testing.T) {
	for _, test := range []struct {
		args, says string
		code       int
	}{
		{"version", "", 0},
		{"no-such-command", "unexpected argument", 80},
		{"lag --window soon", "duration", 80},
		{"dlq list --reason truncatde", "truncated", 80},
		{"replay " + filepath.Join(t.TempDir(), "absent.jsonl"), "absent.jsonl", 1},
		{"lag", "--brokers", 1},
	} {
		if _, stderr, code := assay(t, strings.Fields(test.args)...); code != test.code || !strings.Contains(stderr, test.says) {
			t.Errorf("%s: exit code %d, want %d; %q", test.args, code, test.code, stderr)
		}
	}
}

func TestAnEmptyEnvironmentVariableIsUnset(t *testing.T) {
	for _, name := range []string{"ASSAY_LOG_LEVEL", "ASSAY_LOG_FORMAT", "ASSAY_CANARY_EVERY", "ASSAY_REGISTRY_URL", "ASSAY_BROKERS"} {
		t.Setenv(name, "")
	}
	t.Setenv("KAFKA_BROKERS", "127.0.0.1:1")
	if _, stderr, code := assay(t, "lag", "export"); code != 1 || !strings.Contains(stderr, "127.0.0.1:1") && !strings.Contains(stderr, "127.0.0.1:9000") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
