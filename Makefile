# Assay. `make` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run test test-kafka chaos chaos-long bench eval-security generate lint clean

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# What `make run` publishes first: the recordings beside the repository where they are, else made-up telemetry.
ASSAY_REPLAY ?= $(wildcard ../shared/data/telemetry/*.jsonl)
FIRST = $(if $(strip $(ASSAY_REPLAY)),$(addprefix --replay ,$(ASSAY_REPLAY)),--simulate 20000)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/assay
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/assay ./cmd/assay

run: build ## Run everything here on recorded or made-up telemetry, and keep serving (data in data/)
	bin/assay up --data data $(FIRST)

eval-security: ## Measure the scanner on the labelled snippets in ../shared and its own pairs
	go run ./cmd/assay eval security --figures docs/security/figures.md \
		$(foreach f,$(wildcard ../shared/data/security/*.jsonl consumers/securityscan/testdata/pairs/*.jsonl),--cases $(f))

test: ## Run all tests
	go test -p 2 -timeout 10m ./...

# On the cluster that KAFKA_BROKERS names, or on three brokers that it starts: with Docker, else with Java and Maven.
test-kafka: ## Run the tests of everything that talks to Kafka on a real one
	@mkdir -p bin
	go build -o bin/kafka ./deploy/kafka
	exec bin/kafka bash -c 'go test -count=1 -p 1 -run Kafka ./topology/conformance ./cmd/assay && go test -count=1 -p 1 ./topology/lag ./consumers'

# Equal seeds give equal events and faults: make chaos SEED=2
SEED ?= 1
chaos: build ## Kill, stop and starve everything for a minute under load, and prove that nothing is lost or counted twice
	bin/assay chaos --seed $(SEED) --duration 60s --rate 2000

chaos-long: build ## The same for over half an hour: 10,000,000 events, 110 kills
	bin/assay chaos --seed $(SEED) --duration 34m --rate 5000 --kills 110 --settle 10m

# Benchmarks run one package at a time: they would measure each other.
bench: ## Run the benchmarks
	go test -p 1 -run '^$$' -bench . -benchtime 0.5s -benchmem \
		$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)

generate: ## Write the generated code and the diagram in README.md again
	go generate ./...
	@mkdir -p bin
	go run ./cmd/assay topology graph --format mermaid > bin/topology.mmd
	awk -v diagram=bin/topology.mmd ' \
		/^<!-- topology -->$$/ { print; print "```mermaid"; while ((getline line < diagram) > 0) print line; print "```"; skip = 1 } \
		/^<!-- \/topology -->$$/ { skip = 0 } \
		!skip' README.md > bin/README.md
	mv bin/README.md README.md

lint: ## Check formatting, and what vet and staticcheck find
	@unformatted=$$(gofmt -l .); \
		if [[ -n "$$unformatted" ]]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

clean: ## Remove what was built (data/ stays)
	rm -rf bin
	go clean -testcache
