package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/collector"
	"github.com/assayhq/assay/producers/collector/copilotmetrics"
	"github.com/assayhq/assay/producers/collector/copilotmetrics/fetch"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

type pullCommand struct {
	Copilot pullCopilotCommand `cmd:"" help:"Publish what GitHub reports of Copilot's usage."`
}

type pullCopilotCommand struct {
	Sources []string `arg:"" name:"source" help:"Files, or addresses: of GitHub's API, or of a report."`
	dataFolder
	topics
	keyringFlags
	Org   string `default:"local" help:"Organisation whose figures they are."`
	Token string `env:"ASSAY_COPILOT_TOKEN" placeholder:"TOKEN" help:"Token for GitHub's API; better in the environment. The addresses that the API names get none."`
	JSON  bool   `name:"json" help:"Print the counts as JSON."`
}

// Help is what --help adds.
func (*pullCopilotCommand) Help() string {
	return `Reports are JSON, JSON lines, or the API's answer that names where they are, which is followed:

  assay pull copilot --org acme 'https://api.github.com/orgs/acme/copilot/metrics/reports/organization-28-day/latest'

Figures become rows of kind usage_reported, never mixed with counts of events. Pulling again changes nothing; a figure that GitHub
corrected replaces the former one in the view usage_reported. A report without data is no error. Rows that can't be trusted become
dead letters.`
}

// pulledSources are in the order of the command line.
type pulledSources struct {
	Sources []pulled `json:"sources"`
}

// pulled counts what became of a source.
type pulled struct {
	Rows        int `json:"rows"`
	Events      int `json:"events"`
	DeadLetters int `json:"dead_letters"`
}

func (p *pullCopilotCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := p.use(ctx, quiet(log), places{kafka: &p.Cluster, registry: &p.Registry, keyring: &p.Keyring})
	if err != nil {
		return err
	}
	defer release()
	keys, err := p.keys()
	if err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	publisher, _, err := p.publisher(log, metrics)
	if err != nil {
		return err
	}
	redactor, err := newRedactor()
	if err != nil {
		return err
	}
	protection, err := collector.New(collector.Config{Keys: keys, Redact: redactor, Logger: log, Registerer: metrics})
	if err != nil {
		return err
	}
	to := pull{org: p.Org, get: fetch.Getter{Client: fetch.NewClient(), Token: p.Token}, protection: protection, publisher: publisher}
	counts := make([]pulled, len(p.Sources))
	for i, source := range p.Sources {
		if counts[i], err = to.source(ctx, source); err != nil {
			return errors.Join(err, publisher.Close(ctx))
		}
	}
	if err := publisher.Close(ctx); err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(os.Stdout).Encode(pulledSources{Sources: counts})
	}
	for i, source := range p.Sources {
		if u, err := url.Parse(source); err == nil && u.Host != "" {
			source = u.Host // the rest may be signed
		}
		fmt.Printf("%s: %d rows, %d events published, %d dead letters\n", source, counts[i].Rows, counts[i].Events, counts[i].DeadLetters)
	}
	return nil
}

// pull reads reports and publishes them.
type pull struct {
	org        string
	get        fetch.Getter
	protection *collector.Collector
	publisher  *producers.Publisher
}

// maxLinks of an answer are followed.
const maxLinks = 1000

func (p pull) source(ctx context.Context, source string) (pulled, error) {
	if !strings.Contains(source, "://") {
		body, err := os.ReadFile(source)
		if err != nil {
			return pulled{}, fmt.Errorf("read a report: %w", err)
		}
		return p.report(ctx, body, nil)
	}
	base, err := url.Parse(source)
	if err != nil {
		return pulled{}, errors.New("get a report: its address is no URL")
	}
	body, err := p.get.Get(ctx, source, true)
	if err != nil {
		return pulled{}, err
	}
	return p.report(ctx, body, base)
}

// report publishes an answer, or what the addresses in it lead to. base is the answer's own address, nil for a file.
func (p pull) report(ctx context.Context, body []byte, base *url.URL) (sum pulled, err error) {
	report := copilotmetrics.Read(body, time.Now().UTC())
	if len(report.Links) > maxLinks {
		return sum, fmt.Errorf("an answer names %d reports, at most %d are followed", len(report.Links), maxLinks)
	}
	for _, link := range report.Links {
		u, err := url.Parse(link)
		if err == nil && base != nil {
			u = base.ResolveReference(u)
		}
		if err != nil || !u.IsAbs() {
			return sum, errors.New("an answer names reports by addresses that don't say where: pull it by its own address, or pull the reports")
		}
		body, err := p.get.Get(ctx, u.String(), false)
		if err != nil {
			return sum, err
		}
		found := copilotmetrics.Read(body, time.Now().UTC())
		if found.Links != nil {
			return sum, errors.New("a report names other reports, which is not GitHub's form")
		}
		more, err := p.publish(ctx, found)
		if err != nil {
			return sum, err
		}
		sum.Rows, sum.Events, sum.DeadLetters = sum.Rows+more.Rows, sum.Events+more.Events, sum.DeadLetters+more.DeadLetters
	}
	if report.Links != nil {
		return sum, nil
	}
	return p.publish(ctx, report)
}

func (p pull) publish(ctx context.Context, report copilotmetrics.Report) (pulled, error) {
	r := intake.Request{Received: time.Now().UTC(), Org: p.org, Client: copilotmetrics.Source, Environment: schemas.EnvironmentProduction}
	outcome, events, err := p.protection.Protect(r, report.Result)
	if err != nil {
		return pulled{}, fmt.Errorf("protect a report: %w", err)
	}
	if err := p.publisher.PublishSync(ctx, events...); err != nil {
		return pulled{}, fmt.Errorf("publish a report: %w", err)
	}
	return pulled{Rows: report.Rows, Events: len(outcome.Accepted), DeadLetters: len(outcome.Rejected)}, nil
}
