package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/producers/collector"
	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type privacyCommand struct {
	Report privacyReportCommand `cmd:"" default:"withargs" help:"Count what was replaced by tokens, redacted and sealed, by version of the rules, without content."`
	Token  privacyTokenCommand  `cmd:"" help:"Print the keyed token that stands for a value, to look it up in ClickHouse."`
}

type privacyReportCommand struct {
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// privacyLine is what was protected of an organisation's events of a kind of record.
type privacyLine struct {
	Org    string `json:"org"`
	Record string `json:"record"`
	Events int64  `json:"events"`
	Tokens int64  `json:"tokens"` // of people, teams, repositories and paths, in columns for them
	Sealed int64  `json:"sealed"` // payloads
	Sketch int64  `json:"derived"`
	Rules  string `json:"rules"`     // version of those that hid and redacted; empty where they found nothing
	Hidden int64  `json:"hidden"`    // ids and names that looked like none, replaced by tokens
	Redact int64  `json:"redacted"`  // parts of texts
	Bare   int64  `json:"underived"` // events without room for what is derived from their code
}

func (p *privacyReportCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := p.database(ctx, quiet(log), places{clickhouse: &p.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	lines := []privacyLine{}
	for _, record := range events.Records {
		result, err := db.Query(ctx, privacyQuery(record))
		if err != nil {
			return fmt.Errorf("count what is protected of %s: %w", record.Name, err)
		}
		for _, r := range result.Rows {
			lines = append(lines, privacyLine{r[0].(string), record.Name, r[2].(int64), r[3].(int64), r[4].(int64), r[5].(int64), r[1].(string), r[6].(int64), r[7].(int64), r[8].(int64)})
		}
	}
	if p.JSON {
		return json.NewEncoder(os.Stdout).Encode(lines)
	}
	t := newTable(os.Stdout, "org", "record", "rules", "events", "tokens", "sealed", "derived from code", "hidden", "redacted", "underived")
	for _, l := range lines {
		t.AppendRow(table.Row{l.Org, l.Record, l.Rules, l.Events, l.Tokens, l.Sealed, l.Sketch, l.Hidden, l.Redact, l.Bare})
	}
	t.Render()
	return nil
}

// privacyQuery counts over a table, without reading what is sealed: analysts may run it.
func privacyQuery(record *schemas.Record) string {
	var tokens []string
	sealed, derived := "0", "0"
	for _, f := range record.Fields {
		switch {
		case strings.HasSuffix(f.Name, "_token"):
			tokens = append(tokens, "countIf("+f.Name+" != '')")
		case f.Name == "seal_key_id":
			sealed = "countIf(seal_key_id != '')"
		case f.Name == "fingerprints":
			derived = "countIf(notEmpty(fingerprints))"
		}
	}
	said := func(key string) string {
		return "toInt64(sum(toInt64OrZero(extract(attributes['" + collector.PrivacyAttribute + "'], '" + key + "=([0-9]+)'))))"
	}
	return "SELECT org, extract(attributes['" + collector.PrivacyAttribute + "'], 'rules=([0-9]+)') AS rules, toInt64(count()), toInt64(" + strings.Join(tokens, " + ") + "), toInt64(" + sealed +
		"), toInt64(" + derived + "), " + said("hidden") + ", " + said("redacted") + ", " + said("underived") + " FROM " + clickhouse.Table(record) + " GROUP BY org, rules ORDER BY org, rules"
}

type privacyTokenCommand struct {
	keyringOptions
	Org   string `arg:"" help:"Organisation."`
	Kind  string `arg:"" help:"What the value is of: user, team, repo, path, file, branch, session, conversation, suggestion, change, commit ..."`
	Value string `arg:"" help:"The value in clear, as the client sent it."`
}

func (p *privacyTokenCommand) Run() error {
	keyring, err := p.open()
	if err != nil {
		return err
	}
	fmt.Println(keyring.Token(p.Org, p.Kind, p.Value))
	return nil
}
