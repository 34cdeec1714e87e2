package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/assayhq/assay/consumers/warehouse"
	"github.com/assayhq/assay/topology"
)

type chaosCommand struct {
	Data           string        `type:"path" placeholder:"DIR" help:"Empty or absent folder for everything; default: a temporary one, removed when all was well."`
	Duration       time.Duration `default:"1m" help:"How long the load and the faults last."`
	Rate           float64       `default:"2000" help:"Events per second; what an outage holds up is caught up with."`
	Seed           uint64        `default:"1" help:"Equal seeds give equal events and faults."`
	Kills          int           `placeholder:"N" help:"How many SIGKILLs; default: one every six seconds."`
	SessionTimeout time.Duration `default:"6s" help:"How long a silent process of a service keeps its partitions."`
	Settle         time.Duration `default:"3m" help:"How long the services may take to process everything once all is mended."`
	JSON           bool          `name:"json" help:"Print the ledger as one JSON object."`

	Brokers   []string      `placeholder:"HOST:PORT" help:"An empty Kafka cluster to use instead of a broker of its own. It is not killed; a login belongs into the environment."`
	BrokerPID []int         `placeholder:"PID" help:"Processes of that cluster's brokers, to be stopped for longer than a session."`
	TLS       topology.TLS  `embed:"" prefix:"kafka-tls-"`
	SASL      topology.SASL `embed:"" prefix:"kafka-sasl-"`
	Registry  string        `placeholder:"URL" help:"Schema registry of that cluster; default: one of its own."`
}

// Help is what --help adds.
func (*chaosCommand) Help() string {
	return `Runs everything on this machine as processes of their own, under a steady load, and kills, stops, starves and disconnects
them at moments that follow from the seed. Then it mends everything, waits until all is processed, and proves that every event
that was acknowledged is in its table once, that every aggregate adds up, and that every derived event and trigger is there
once, by computing them again from the log. Exits 1 with the seed and the differences otherwise.`
}

// chaosLedger is what a run did and found.
type chaosLedger struct {
	OK        bool                   `json:"ok"`
	Seed      uint64                 `json:"seed"`
	Seconds   float64                `json:"seconds"`
	Accepted  int64                  `json:"accepted"` // events acknowledged to the producer
	SIGKILLs  int                    `json:"sigkills"`
	Faults    map[faultKind]int      `json:"faults"`
	Schedule  []fault                `json:"schedule"`
	DrainedIn float64                `json:"drained_in_seconds"` // after all was mended
	Processes map[string]processSum  `json:"processes"`
	Tables    map[string]expectation `json:"tables"`
	Audit     *ledger                `json:"audit"`
	Problems  []string               `json:"problems"`
}

// processSum is what became of a process over all its starts.
type processSum struct {
	Starts int      `json:"starts"`
	Ends   []string `json:"ends"` // by itself: what an outage may cause at the start
	PeakMB int64    `json:"peak_mb"`
}

func (c *chaosCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	if c.Rate <= 0 || c.Duration <= 0 {
		return errors.New("--rate and --duration must be over 0: without a load nothing is proven")
	}
	dir, temporary, err := c.folder()
	if err != nil {
		return err
	}
	l, err := c.run(ctx, dir, log)
	if err != nil {
		return fmt.Errorf("chaos with seed %d in %s: %w", c.Seed, dir, err)
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(l)
	} else {
		l.print(os.Stdout)
	}
	switch {
	case err != nil:
		return err
	case !l.OK:
		progressLine(fmt.Sprintf("seed %d failed; everything is left in %s", c.Seed, dir))
		return errSaid
	case temporary:
		return os.RemoveAll(dir)
	}
	return nil
}

func (c *chaosCommand) folder() (dir string, temporary bool, err error) {
	if c.Data == "" {
		dir, err = os.MkdirTemp("", "assay-chaos-")
		return dir, true, err
	}
	if entries, _ := os.ReadDir(c.Data); len(entries) > 0 {
		return "", false, fmt.Errorf("%s is not empty: the audit needs a fresh installation", c.Data)
	}
	dir, err = filepath.Abs(c.Data)
	return dir, false, err
}

func (c *chaosCommand) run(ctx context.Context, dir string, log *slog.Logger) (*chaosLedger, error) {
	began := time.Now()
	topo, err := wholeTopology()
	if err != nil {
		return nil, err
	}
	if c.Kills == 0 {
		c.Kills = int(c.Duration / (6 * time.Second))
	}
	if c.Registry != "" && len(c.Brokers) == 0 {
		return nil, errors.New("--registry needs --brokers: whose schemas are they?")
	}
	plan := faultPlan{seed: c.Seed, duration: c.Duration, kills: c.Kills, session: c.SessionTimeout, services: serviceNames(), drain: warehouse.Spec().Name, killBroker: len(c.Brokers) == 0, pauseBroker: len(c.Brokers) == 0 || len(c.BrokerPID) > 0}
	l := &chaosLedger{Seed: c.Seed, Schedule: plan.schedule(), Faults: map[faultKind]int{}, Processes: map[string]processSum{}, Problems: []string{}}
	progressLine(fmt.Sprintf("chaos: seed %d, %d faults, everything in %s", c.Seed, len(l.Schedule), dir))
	for _, f := range l.Schedule {
		progressLine("planned " + f.String())
	}
	var given connection
	if len(c.Brokers) > 0 {
		given.Cluster = topology.Cluster{Brokers: c.Brokers, TLS: c.TLS, SASL: c.SASL}
		given.Registry.URL = c.Registry
	}
	r, err := newRig(ctx, dir, given, c.SessionTimeout, log)
	if err != nil {
		return nil, err
	}
	defer r.close(ctx)
	r.brokerPIDs = c.BrokerPID
	for _, name := range serviceNames() {
		r.services[name] = &members{}
		if err := r.scale(ctx, name, 1); err != nil {
			return nil, err
		}
	}
	if err := r.startProducer(c.Seed, int64(c.Rate*c.Duration.Seconds()), c.Rate); err != nil {
		return nil, err
	}
	if err := r.suffer(ctx, l); err != nil {
		return nil, err
	}
	if err := r.settle(ctx, c.Settle, topo, l); err != nil {
		return nil, err
	}
	if err := r.judge(ctx, topo, l); err != nil {
		return nil, err
	}
	l.Seconds = time.Since(began).Seconds()
	l.OK = len(l.Problems) == 0
	return l, nil
}

// suffer inflicts the faults when they are due and returns when all are mended.
func (r *rig) suffer(ctx context.Context, l *chaosLedger) error {
	began := time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	var broken error
	for _, f := range l.Schedule {
		if err := sleepFor(ctx, f.At-time.Since(began)); err != nil {
			break
		}
		progressLine(fmt.Sprintf("%6.1fs %s %s (%.1fs)", time.Since(began).Seconds(), f.Kind, f.Target, f.For.Seconds()))
		l.Faults[f.Kind]++
		all.Go(func() {
			err := r.inflict(ctx, f)
			mu.Lock()
			defer mu.Unlock()
			broken = errors.Join(broken, err)
		})
	}
	all.Wait()
	return errors.Join(broken, ctx.Err())
}

// settle waits until the producer has published everything and the services have processed it, and ends both.
func (r *rig) settle(ctx context.Context, limit time.Duration, topo topology.Topology, l *chaosLedger) error {
	progressLine("all is mended, waiting until everything is processed")
	began := time.Now()
	client, err := r.direct.client()
	if err != nil {
		return err
	}
	select {
	case <-r.producer.done:
	case <-time.After(limit):
		l.problem("the producer hasn't published everything %v after all was mended", limit)
		if err := r.producer.stop(ctx); err != nil {
			l.problem("%v", err)
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	err = r.until(ctx, limit, "wait until everything is processed", func() error {
		drained, err := topology.Drained(ctx, client, topo)
		if err == nil && !drained {
			err = errors.New("the services are behind")
		}
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.problem("%v", err)
	}
	l.DrainedIn = time.Since(began).Seconds()
	if err := r.stopServices(ctx); err != nil {
		l.problem("%v", err)
	}
	return nil
}

func (l *chaosLedger) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	progressLine("PROBLEM " + text)
	l.Problems = append(l.Problems, text)
}

func (l *chaosLedger) print(w *os.File) {
	l.Audit.print(w)
	t := newTable(w, "process", "starts", "ends by itself", "peak MB")
	for _, name := range sorted(l.Processes) {
		p := l.Processes[name]
		t.AppendRow([]any{name, p.Starts, len(p.Ends), p.PeakMB})
	}
	t.Render()
	e := newTable(w, "table", "ids expected", "ids found", "equal")
	for _, name := range sorted(l.Tables) {
		x := l.Tables[name]
		e.AppendRow([]any{name, x.Want.N, x.Got.N, x.Want == x.Got})
	}
	e.Render()
	for _, p := range l.Problems {
		fmt.Fprintln(w, p)
	}
	verdict := "nothing lost, nothing twice"
	if !l.OK {
		verdict = "FAILED"
	}
	fmt.Fprintf(w, "seed %d: %d events accepted, %d SIGKILLs, %d other faults, processed %.1f s after the end, %.0f s in all: %s\n",
		l.Seed, l.Accepted, l.SIGKILLs, len(l.Schedule)-l.Faults[faultKill], l.DrainedIn, l.Seconds, verdict)
}
