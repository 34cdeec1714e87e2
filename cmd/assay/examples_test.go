package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/schemas"
)

// TestExamplesEndToEnd curates made-up telemetry, reviews two examples and exports a domain.
func TestExamplesEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("starts every service")
	}
	data := filepath.Join(t.TempDir(), "data")
	if r := assayJSON[report](t, "up", "--data", data, "--simulate", "8000", "--once", "--json"); !r.Ledger.Balanced || r.DeadLetters != 0 {
		t.Fatalf("%d dead letters, %v", r.DeadLetters, r.Ledger.Problems)
	}
	twice := query(t, data, "SELECT count() AS n FROM (SELECT 1 FROM outcomes AS o WHERE supersedes = '' GROUP BY org, category, if(suggestion_id = '', caused_by, suggestion_id) HAVING count() > 1)")
	if twice[0]["n"] != 0.0 {
		t.Errorf("%v suggestions have two outcomes in a category", twice[0]["n"])
	}
	calibration := query(t, data, "SELECT sum(suggestions) AS n, sum(brier * suggestions) / n AS brier FROM score_calibration")
	if b := calibration[0]["brier"].(float64); calibration[0]["n"] == 0.0 || b <= 0 || b > 0.25 {
		t.Errorf("calibration %v", calibration)
	}

	domain := query(t, data, "SELECT domain, count() AS n FROM examples_current GROUP BY domain ORDER BY n DESC LIMIT 1")[0]["domain"].(string)
	queue := assayJSON[[]queued](t, "examples", "review", "list", "--data", data, "--domain", domain, "--json")
	if len(queue) < 2 {
		t.Fatalf("%d examples to review", len(queue))
	}
	assay(t, "examples", "review", "fit", queue[0].Suggestion, "--by", "someone", "--data", data)
	assay(t, "examples", "review", "unfit", queue[1].Suggestion, "--by", "someone", "--data", data)
	if r := assayJSON[report](t, "up", "--data", data, "--once", "--json"); !r.Ledger.Balanced {
		t.Fatal(r.Ledger.Problems)
	}
	left := assayJSON[[]queued](t, "examples", "review", "list", "--data", data, "--domain", domain, "--json")
	if len(left) != len(queue)-2 {
		t.Errorf("%d examples to review are left of %d", len(left), len(queue))
	}

	var lines []example
	for _, format := range []string{"jsonl", "parquet"} {
		out := filepath.Join(t.TempDir(), "examples."+format)
		if _, stderr, code := assay(t, "examples", "export", "--data", data, "--domain", domain, "--format", format, "--out", out); code != 0 {
			t.Fatal(stderr)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v, %v", out, info.Mode(), err)
		}
		var m manifest
		raw, err := os.ReadFile(out + ".manifest.json")
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		sum := sha256.Sum256(text)
		if err != nil || m.SHA256 != hex.EncodeToString(sum[:]) || m.Bytes != int64(len(text)) || m.Excluded["unfit"] != 1 || m.Labels["positive"] == 0 || m.Labels["negative"] == 0 {
			t.Fatalf("%+v, error %v", m, err)
		}
		var rows []example
		if format == "parquet" {
			rows, err = parquet.Read[example](bytes.NewReader(text), int64(len(text)))
			if err != nil || !slices.Equal(rows, lines) {
				t.Errorf("%d rows in Parquet, %d lines, error %v", len(rows), len(lines), err)
			}
			continue
		}
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			var e example
			if err := json.Unmarshal(s.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(e.Code) == "" || e.Suggestion == queue[1].Suggestion {
				t.Errorf("%+v", e)
			}
			lines = append(lines, e)
		}
		if len(lines) != m.Examples || len(lines) == 0 {
			t.Errorf("%d lines, %d examples", len(lines), m.Examples)
		}
	}

	unknown := filepath.Join(t.TempDir(), "unknown")
	if _, stderr, code := assay(t, "examples", "export", "--data", data, "--domain", "no|such|domain|here", "--out", unknown); code != 1 || !strings.Contains(stderr, domain) {
		t.Errorf("an unknown domain: exit code %d, %s", code, stderr)
	}
	if _, err := os.Stat(unknown); err == nil {
		t.Error("an unknown domain has a file")
	}
	if _, stderr, code := assay(t, "examples", "export", "--data", data, "--domain", domain, "--out", filepath.Join(t.TempDir(), "x"), "--keyring", filepath.Join(data, "absent")); code == 0 || !strings.Contains(stderr, "keyring") {
		t.Errorf("exported without the keys: %s", stderr)
	}
}

func TestTheSieve(t *testing.T) {
	scanner, err := secrets.New()
	if err != nil {
		t.Fatal(err)
	}
	s := sieve{scanner: scanner, seen: map[string]bool{}}
	key := "AKIA" + "Q3EGRXDTMA6WZJ5L"
	for _, test := range []struct {
		payload schemas.Payload
		want    string
	}{
		{schemas.Payload{Code: "return x"}, ""},
		{schemas.Payload{Code: "  return x\n"}, "duplicate"},
		{schemas.Payload{Code: "return y", Prompt: "def f(x):"}, ""},
		{schemas.Payload{Code: " \n\t"}, "no_code"},
		{schemas.Payload{}, "no_code"},
		{schemas.Payload{Code: "access_key = \"" + key + "\""}, "secret"},
		{schemas.Payload{Code: "return z", Prompt: "access_key = \"" + key + "\""}, ""},
		{schemas.Payload{Code: "# Copyright (c) 2019 Somebody\nx = 1"}, "licence"},
		{schemas.Payload{Code: "x = 1", Prompt: "# SPDX-License-Identifier: GPL-3.0-only"}, "licence"},
		{schemas.Payload{Code: "x = 1"}, ""},
	} {
		if got := s.holds(test.payload); got != test.want {
			t.Errorf("%q: %q, want %q", test.payload.Code, got, test.want)
		}
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	for _, test := range []struct {
		spans [][2]int
		want  string
		taken int
	}{
		{nil, "abcdef", 0}, {[][2]int{{1, 3}}, "a<secret>def", 1}, {[][2]int{{4, 6}, {0, 2}, {1, 3}}, "<secret>d<secret>", 2},
	} {
		if got, taken := withoutSecrets(test.spans, "abcdef"); got != test.want || taken != test.taken {
			t.Errorf("%v: %q and %d, want %q and %d", test.spans, got, taken, test.want, test.taken)
		}
	}
}
