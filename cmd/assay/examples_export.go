package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/assayhq/assay/consumers/curation"
	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type examplesExportCommand struct {
	Domain string `required:"" placeholder:"MODEL|VERSION|FEATURE|LANGUAGE" help:"Domain of the examples."`
	Org    string `help:"Organisation, where several have examples of the domain."`
	Format string `enum:"jsonl,parquet" default:"jsonl" help:"Format: ${enum}."`
	Out    string `required:"" type:"path" placeholder:"FILE" help:"File to write, readable by its owner alone; the manifest goes to FILE.manifest.json."`
	dataFolder
	clickhouseFlags
	keyringFlags
}

// Help is what --help adds.
func (*examplesExportCommand) Help() string {
	return `Opens sealed code. Who may is settled twice: ClickHouse shows the sealed texts of examples to its user ml (with --data that user is taken),
and they can only be opened with the keyring. Code with a secret or a licence notice, code that is there already, mere spaces
and examples that a review found unfit are left out; secrets in prompts are replaced by <secret>. The manifest has the file's
SHA-256, and how many were left out and why.`
}

// example is a line of the export.
type example struct {
	Suggestion  string  `json:"suggestion_id" parquet:"suggestion_id"`
	Label       string  `json:"label" parquet:"label,dict"`
	Score       float64 `json:"score" parquet:"score"`
	Probability float64 `json:"inclusion_probability" parquet:"inclusion_probability"`
	Language    string  `json:"language" parquet:"language,dict"`
	Prompt      string  `json:"prompt" parquet:"prompt"`
	Code        string  `json:"code" parquet:"code"`
}

// manifest says what an export holds.
type manifest struct {
	Domain   string         `json:"domain"`
	Org      string         `json:"org"`
	Format   string         `json:"format"`
	SHA256   string         `json:"sha256"`
	Bytes    int64          `json:"bytes"`
	Examples int            `json:"examples"`
	Labels   map[string]int `json:"labels"`
	Excluded map[string]int `json:"excluded"`         // by reason
	Redacted int            `json:"secrets_redacted"` // in prompts
	Newest   string         `json:"newest_added_at"`
	Policy   string         `json:"policy"`
}

const exportPolicy = "positives score at least 0.8 and nothing speaks against them, negatives at most 0.3; a sample of at most 64 of each of the newest 20 to 30 days, by levels; near-duplicates, secrets, licence notices and unfit examples are left out"

func (c *examplesExportCommand) Run(ctx context.Context, log *slog.Logger) error {
	undo, err := c.use(ctx, quiet(log), places{clickhouse: &c.ClickHouse, keyring: &c.Keyring})
	if err != nil {
		return err
	}
	defer undo()
	options := c.ClickHouse
	if c.Data != "" { // the instance's own user may do everything
		address, err := url.Parse(options.DSN)
		if err != nil {
			return fmt.Errorf("read the address of ClickHouse: %w", err)
		}
		address.User = url.User("ml")
		options.DSN = address.String()
	}
	db, err := clickhouse.Open(ctx, options)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Keyring != "" {
		if _, err := os.Stat(c.Keyring); err != nil { // a new keyring would open nothing
			return fmt.Errorf("open the keyring: %w", err)
		}
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	examples, m, err := c.collect(ctx, db, keys)
	if err != nil {
		return err
	}
	if m.SHA256, m.Bytes, err = c.write(examples); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out+".manifest.json", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	fmt.Printf("%d examples, sha256 %s\n", m.Examples, m.SHA256)
	return nil
}

// collect opens the examples, in the order of their suggestions.
func (c *examplesExportCommand) collect(ctx context.Context, db *clickhouse.DB, keys *privacy.Keyring) ([]example, *manifest, error) {
	result, err := db.Query(ctx, `SELECT org, suggestion_id, label, coalesce(score, 0), coalesce(inclusion_probability, 1), language, verdict, toString(added_at), event_id, sealed, seal_key_id
		FROM example_contents WHERE domain = {domain:String} AND {org:String} IN ('', org) ORDER BY suggestion_id LIMIT 1 BY org, suggestion_id`,
		clickhouse.Parameters(map[string]any{"domain": c.Domain, "org": c.Org})...)
	if errors.Is(err, clickhouse.ErrForbidden) {
		return nil, nil, fmt.Errorf("this user of ClickHouse may not read the texts of examples, give --clickhouse with user ml: %w", err)
	}
	if err != nil {
		return nil, nil, err
	}
	scanner, err := secrets.New()
	if err != nil {
		return nil, nil, err
	}
	sieve := sieve{scanner: scanner, seen: map[string]bool{}}
	m := &manifest{Domain: c.Domain, Org: c.Org, Format: c.Format, Labels: map[string]int{}, Excluded: map[string]int{}, Policy: exportPolicy}
	if len(result.Rows) == 0 {
		return nil, nil, c.nothing(ctx, db)
	}
	var examples []example
	for _, r := range result.Rows {
		org := r[0].(string)
		if m.Org == "" {
			m.Org = org
		}
		if m.Org != org {
			return nil, nil, errors.New("several organisations have examples of that domain: give --org, they are never mixed")
		}
		e := example{Suggestion: r[1].(string), Label: r[2].(string), Score: r[3].(float64), Probability: r[4].(float64), Language: r[5].(string)}
		payload, why, err := open(keys, org, r[8].(string), r[10].(string), []byte(r[9].(string)))
		if err != nil {
			return nil, nil, err
		}
		if r[6].(string) == "unfit" {
			why = "unfit"
		}
		if why == "" {
			why = sieve.holds(payload)
		}
		if why != "" {
			m.Excluded[why]++
			continue
		}
		var taken int
		e.Code = payload.Code
		e.Prompt, taken = withoutSecrets(scanner.Spans(payload.Prompt), payload.Prompt)
		m.Redacted += taken
		m.Examples++
		m.Labels[e.Label]++
		m.Newest = max(m.Newest, r[7].(string))
		examples = append(examples, e)
	}
	return examples, m, nil
}

// namedDomains is how many domains an error names.
const namedDomains = 5

// nothing says that the domain has no examples, and which domains have most.
func (c *examplesExportCommand) nothing(ctx context.Context, db *clickhouse.DB) error {
	result, err := db.Query(ctx, "SELECT domain FROM example_contents WHERE {org:String} IN ('', org) GROUP BY domain ORDER BY count() DESC, domain",
		clickhouse.Parameters(map[string]any{"org": c.Org})...)
	if err != nil {
		return err
	}
	whose := ""
	if c.Org != "" {
		whose = " of organisation " + c.Org
	}
	if len(result.Rows) == 0 {
		return fmt.Errorf("there are no examples%s at all: they come from outcomes, see `assay report`", whose)
	}
	var names []string
	for _, r := range result.Rows[:min(namedDomains, len(result.Rows))] {
		names = append(names, r[0].(string))
	}
	return fmt.Errorf("domain %q has no examples%s; of the %d domains that have, these have most: %s", c.Domain, whose, len(result.Rows), strings.Join(names, ", "))
}

// sieve holds back what nobody should train on.
type sieve struct {
	scanner secrets.Scanner
	seen    map[string]bool // code that passed, without spaces
}

// holds returns why it holds an example back, "" if it doesn't. Short code has no fingerprints by which curation could know
// duplicates.
func (s *sieve) holds(p schemas.Payload) string {
	code := strings.Join(strings.Fields(p.Code), "")
	switch {
	case code == "":
		return "no_code"
	case len(s.scanner.Spans(p.Code)) > 0:
		return "secret"
	case curation.LicenceDoubt(p.Code) || curation.LicenceDoubt(p.Prompt):
		return "licence"
	case s.seen[code]:
		return "duplicate"
	}
	s.seen[code] = true
	return ""
}

// open returns an event's payload, or why there is none to be had. Its error is the KMS'.
func open(keys *privacy.Keyring, org, event, key string, sealed []byte) (p schemas.Payload, why string, err error) {
	plain, err := keys.Open(org, key, sealed, []byte(event))
	switch {
	case errors.As(err, new(*privacy.KMSError)):
		return p, "", err
	case errors.Is(err, privacy.ErrKeyGone):
		return p, "erased", nil
	case err != nil:
		return p, "unreadable", nil
	}
	if p, err = schemas.ParsePayload(plain); err != nil || p.Code == "" {
		return p, "no_code", nil
	}
	return p, "", nil
}

// withoutSecrets replaces spans, as bytes [start, end) in any order, and says how many stretches that were.
func withoutSecrets(spans [][2]int, text string) (clean string, taken int) {
	hidden := make([]bool, len(text))
	for _, s := range spans {
		for i := s[0]; i < s[1]; i++ {
			hidden[i] = true
		}
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		switch {
		case !hidden[i]:
			out = append(out, text[i])
		case i == 0 || !hidden[i-1]:
			out = append(out, "<secret>"...)
			taken++
		}
	}
	return string(out), taken
}

// write writes the file and returns its hash.
func (c *examplesExportCommand) write(examples []example) (hash string, size int64, err error) {
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("write the examples: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if c.Format == "parquet" {
		w := parquet.NewGenericWriter[example](f, parquet.Compression(&parquet.Zstd))
		_, err = w.Write(examples)
		err = errors.Join(err, w.Close())
	} else {
		w := json.NewEncoder(f)
		w.SetEscapeHTML(false)
		for _, e := range examples {
			err = errors.Join(err, w.Encode(e))
		}
	}
	if err != nil {
		return "", 0, fmt.Errorf("write the examples: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, fmt.Errorf("read the examples back: %w", err)
	}
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, fmt.Errorf("read the examples back: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
