package securityscan

import "testing"

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ language, file, code, want string }{
		{"Python", "", "", "python"},
		{"typescriptreact", "a.py", "", "typescript"},
		{"", "cmd/main.go", "", "go"},
		{"plaintext", "A.PY", "", "python"},
		{"", "Dockerfile", "", "dockerfile"},
		{"", "build/Dockerfile.go", "", "dockerfile"},
		{"", "dockerfile.prod", "", "dockerfile"},
		{"", "dockerfile/dockerfile.go", "", "go"},
		{"", "dockerfile_test.go", "", "go"},
		{"", "Dockerfile.dockerignore", "", ""},
		{"", "Containerfile", "", "dockerfile"},
		{"", "deploy/pod.yaml", "", "kubernetes"},
		{"yml", "deploy/pod.yml", "", "kubernetes"},
		{"", "docker-compose.override.yml", "", "compose"},
		{"yaml", "compose.yaml", "", "compose"},
		{"", "bin/run", "#!/bin/bash -eu\nls", "shell"},
		{"", "bin/run", "#! /usr/bin/env -S python3 -u\nimport os", "python"},
		{"", "bin/run", "#!/usr/bin/awk -f\n", ""},
		{"", "bin/run", "#!", ""},
		{"", "LICENSE", "MIT", ""},
		{"unknown", "", "#!/bin/sh\n", "shell"},
		{"rust", "main.rs", "", "rust"},
	} {
		if got := canonical(c.language, c.file, c.code); got != c.want {
			t.Errorf("canonical(%q, %q, %q) = %q, want %q", c.language, c.file, c.code, got, c.want)
		}
	}
}
