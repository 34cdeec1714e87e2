package clickhouse

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
)

// dialect fills in what differs between one server and a cluster.
type dialect struct{ cluster string }

// OnCluster is the clause that runs a statement on all nodes.
func (d dialect) OnCluster() string {
	if d.cluster == "" {
		return ""
	}
	return " ON CLUSTER " + quote(d.cluster)
}

// Engine is the table engine of a MergeTree kind; replicated tables take their path from the server's defaults.
func (d dialect) Engine(kind string) (string, error) {
	if !strings.HasSuffix(kind, "MergeTree") {
		return "", errors.New("engine " + kind + " is not a MergeTree")
	}
	if d.cluster == "" {
		return kind, nil
	}
	return "Replicated" + kind, nil
}

// Dedup is how many inserts a table remembers the tokens of, and for replicated tables also for how many seconds.
func (d dialect) Dedup() string {
	if d.cluster == "" {
		return "SETTINGS non_replicated_deduplication_window = 10000"
	}
	return "SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800"
}

func (d dialect) render(statement string) (string, error) {
	t, err := template.New("statement").Parse(statement)
	if err != nil {
		return "", fmt.Errorf("read statement: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, d); err != nil {
		return "", fmt.Errorf("fill in statement: %w", err)
	}
	return b.String(), nil
}

var inIdentifier = strings.NewReplacer("\\", "\\\\", "`", "\\`")

func quote(identifier string) string {
	return "`" + inIdentifier.Replace(identifier) + "`"
}
