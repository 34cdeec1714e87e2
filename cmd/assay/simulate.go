package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	sim "github.com/assayhq/assay/producers/simulate"
)

type simulateCommand struct {
	simulation
	dataFolder
	topics
	keyringFlags
	JSON bool `name:"json" help:"Print the counts as JSON."`
}

// simulated counts what was published.
type simulated struct {
	Events int64 `json:"events"`
}

// simulation is what a simulation is made of.
type simulation struct {
	Events int       `default:"20000" help:"How many events."`
	Seed   uint64    `default:"1" help:"Equal seeds give equal events."`
	Org    string    `default:"local" help:"Organisation that the events belong to."`
	Start  time.Time `format:"2006-01-02T15:04:05Z07:00" default:"2026-01-05T08:00:00Z" placeholder:"TIME" help:"When the first session begins."`
	Rate   float64   `default:"20" help:"Events per second of simulated time."`
	Plant  []jump    `placeholder:"signal=retention,model=M,feature=F,language=L,to=0.25,at=0.4,until=0.7" sep:"none" help:"Raise a domain's failure rate from 5 % to TO between the fractions AT and UNTIL of the simulated time; signal is retention or rating; may be repeated."`
}

// jump is a planted degradation; times are fractions of the simulated time.
type jump struct {
	sim.Jump
	at, until float64
}

// UnmarshalText reads key=value pairs.
func (j *jump) UnmarshalText(text []byte) error {
	j.until, j.Signal = 1, sim.Retention
	for pair := range strings.SplitSeq(string(text), ",") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q is not key=value", pair)
		}
		var err error
		switch key {
		case "signal":
			j.Signal = sim.Signal(value)
		case "model":
			j.Model = value
		case "feature":
			j.Feature = value
		case "language":
			j.Language = value
		case "to":
			j.To, err = strconv.ParseFloat(value, 64)
		case "at":
			j.at, err = strconv.ParseFloat(value, 64)
		case "until":
			j.until, err = strconv.ParseFloat(value, 64)
		default:
			err = fmt.Errorf("there is no key %q: use signal, model, feature, language, to, at, until", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func simulate(ctx context.Context, p *producers.Publisher, keys *privacy.Keyring, s simulation) (int64, error) {
	if s.Rate == 0 {
		s.Rate = 20
	}
	if s.Start.IsZero() {
		s.Start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	}
	params := sim.Params{Seed: s.Seed, Events: s.Events, Start: s.Start, Rate: s.Rate, Org: s.Org, Keys: keys}
	length := time.Duration(float64(s.Events) / s.Rate * float64(time.Second))
	for _, j := range s.Plant {
		j.At, j.Until = s.Start.Add(time.Duration(j.at*float64(length))), s.Start.Add(time.Duration(j.until*float64(length)))
		params.Plant = append(params.Plant, j.Jump)
	}
	simulated, err := sim.New(params)
	if err != nil {
		return 0, err
	}
	bar := newBar(int64(s.Events), "simulating")
	defer bar.Finish()
	return publishAll(ctx, p, simulated.Events(), func() { _ = bar.Add(1) })
}

func (s *simulateCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := s.use(ctx, quiet(log), places{kafka: &s.Cluster, registry: &s.Registry, keyring: &s.Keyring})
	if err != nil {
		return err
	}
	defer release()
	keys, err := s.keys()
	if err != nil {
		return err
	}
	p, _, err := s.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	n, err := simulate(ctx, p, keys, s.simulation)
	if err != nil {
		return err
	}
	if err := p.Close(ctx); err != nil {
		return err
	}
	if s.JSON {
		return json.NewEncoder(os.Stdout).Encode(simulated{Events: n})
	}
	fmt.Printf("%d events published\n", n)
	return nil
}
