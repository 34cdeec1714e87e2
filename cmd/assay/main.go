// Command assay is all of Assay in one binary: the services, local mode, and the tools around them. Each subcommand has a
// file; services.go is the list of services. The package joins the other packages and must hold no logic of theirs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded"
)

const description = `Assay measures, guards and improves AI code assistants from the events they leave behind.

    Try it:         assay up --simulate 20000
    In production:  assay topology apply; assay migrate; assay run warehouse`

type cli struct {
	Up       upCommand       `cmd:"" help:"Run everything on this machine, in one process: broker, registry, ClickHouse, every service."`
	Run      runCommand      `cmd:"" help:"Run one or more services against a cluster."`
	Topology topologyCommand `cmd:"" help:"Plan, create and draw topics, services and access rules."`
	Migrate  migrateCommand  `cmd:"" help:"Bring ClickHouse's tables to this version."`
	Replay   replayCommand   `cmd:"" help:"Publish recorded telemetry."`
	Pull     pullCommand     `cmd:"" help:"Publish what vendors report of usage."`
	Simulate simulateCommand `cmd:"" help:"Publish made-up telemetry with a seed."`
	Lag      lagCommand      `cmd:"" help:"Show how far the services are behind."`
	SQL      sqlCommand      `cmd:"" name:"sql" help:"Run a query on ClickHouse and print the answer."`
	Report   reportCommand   `cmd:"" help:"Show what was measured: acceptance, survival, findings, confusion, the gate, triggers, dead letters."`
	Audit    auditCommand    `cmd:"" help:"Prove that every accepted event is counted once; exit 1 when not."`
	DLQ      dlqCommand      `cmd:"" name:"dlq" help:"List and replay dead letters."`
	Repair   repairCommand   `cmd:"" help:"Free the tokens of inserts that a crash of ClickHouse cut off."`
	Chaos    chaosCommand    `cmd:"" help:"Kill, stop and starve everything under load, and prove that nothing is lost or counted twice."`
	Eval     evalCommand     `cmd:"" help:"Run a detector over labelled cases and print how good it is."`
	Evals    evalsCommand    `cmd:"" help:"Publish evaluations of candidate models."`
	Promote  promoteCommand  `cmd:"" help:"Show, approve and reject promotions of candidate models."`
	Triggers triggersCommand `cmd:"" help:"List, explain and replay retraining triggers."`
	Train    trainCommand    `cmd:"" help:"Train a detector's model from labelled cases."`
	Examples examplesCommand `cmd:"" help:"Review and export examples to train on."`
	Clarify  clarifyCommand  `cmd:"" help:"Say what to ask or explain next to a person who is confused."`
	Keys     keysCommand     `cmd:"" help:"List, rotate and shred the keys that seal code and text."`
	Privacy  privacyCommand  `cmd:"" help:"Show what was kept out of the clear."`
	Tokens   tokensCommand   `cmd:"" help:"Say who may send to the collector: create, list and revoke tokens, and name the secrets of webhooks."`
	Gate     gateCommand     `cmd:"" help:"Say whether a change may be merged, and approve or reject it."`
	Findings findingsCommand `cmd:"" help:"Say whether security findings are right, and suppress them."`
	Rework   reworkCommand   `cmd:"" help:"Follow what assistants wrote through a git history."`
	Scan     scanCommand     `cmd:"" help:"Look for weaknesses and secrets in files: text, JSON or SARIF; exit 1 by severity."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	ChaosBroker   chaosBrokerCommand   `cmd:"" hidden:""`
	ChaosProducer chaosProducerCommand `cmd:"" hidden:""`

	LogLevel  string `enum:"debug,info,warn,error" default:"info" env:"ASSAY_LOG_LEVEL" help:"Least severe level to log: ${enum}."`
	LogFormat string `enum:"text,json" default:"text" env:"ASSAY_LOG_FORMAT" help:"Log format: ${enum}."`
}

// errSaid ends the program with exit code 1 where the command has already printed what is wrong.
var errSaid = errors.New("")

func main() {
	if len(os.Args) > 1 && os.Args[1] == embedded.ChildCommand {
		exit(embedded.RunChild(os.Args[2:]))
	}
	if os.Getenv("GOGC") == "" {
		// Batches of columns are many pointers and short lives: half as many collections are worth the memory.
		debug.SetGCPercent(200)
	}
	// After the first signal the second one kills at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if len(os.Args) == 1 {
		os.Args = append(os.Args, "--help")
	}
	var c cli
	parser := newParser(ctx, &c)
	parsed, err := parser.Parse(os.Args[1:])
	if errors.Is(err, fs.ErrNotExist) { // the command line is right
		exit(err)
	}
	parser.FatalIfErrorf(err)
	exit(parsed.Run(newLogger(c.LogLevel, c.LogFormat)))
}

// newParser returns the parser of the command line. Environment variables that are empty are unset: so Compose files and charts
// leave out a setting.
func newParser(ctx context.Context, c *cli) *kong.Kong {
	parser := kong.Must(c, kong.Name("assay"), kong.Description(description), kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Vars{"dead_letter_reasons": strings.Join(symbols(schemas.DeadLetterRecord, "kind"), ",")})
	_ = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				if os.Getenv(name) == "" {
					_ = os.Unsetenv(name)
				}
			}
		}
		return next(nil)
	})
	return parser
}

// symbols are what a field of a record may be.
func symbols(r *schemas.Record, field string) []string {
	return r.Fields[slices.IndexFunc(r.Fields, func(f schemas.Field) bool { return f.Name == field })].Symbols
}

// hint says what to do about an address where nobody answers, which every engine's errors come down to.
func hint(err error) string {
	var dial *net.OpError
	if errors.Is(err, clickhouse.ErrUnreachable) {
		return ", or give --data DIR for a local instance" // the rest it says itself
	}
	if errors.As(err, &dial) && dial.Op == "dial" && dial.Addr != nil {
		return fmt.Sprintf(": start what should answer at %s, or give another address", dial.Addr)
	}
	return ""
}

func exit(err error) {
	switch {
	case err == nil:
		os.Exit(0)
	case !errors.Is(err, errSaid):
		fmt.Fprintf(os.Stderr, "assay: %v%s\n", err, hint(err))
	}
	code := 1
	if own := new(exitError); errors.As(err, &own) {
		code = own.code
	}
	os.Exit(code)
}
