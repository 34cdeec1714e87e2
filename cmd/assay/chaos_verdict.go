package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/curation"
	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/partlog"
)

// expectation holds the ids that a table must have against those that it has.
type expectation struct {
	Want written `json:"want"`
	Got  written `json:"got"`
}

// judge finds out whether everything is as if nothing had happened.
func (r *rig) judge(ctx context.Context, topo topology.Topology, l *chaosLedger) error {
	progressLine("auditing")
	db, err := clickhouse.Open(ctx, r.direct.ClickHouse)
	if err != nil {
		return err
	}
	defer db.Close()
	if l.Audit, err = audit(ctx, &r.direct.topics, db, topo); err != nil {
		return err
	}
	for _, p := range l.Audit.Problems {
		l.problem("audit: %s", p)
	}
	j, err := readJournal(r.journal())
	if err != nil {
		return err
	}
	l.Accepted = j.Total
	want, err := r.recompute(ctx, topo)
	if err != nil {
		return err
	}
	for topic, ids := range j.Topics {
		want[topic] = *ids
	}
	l.Tables = map[string]expectation{}
	for topic, ids := range want {
		table := clickhouse.Table(schemas.ByTopic(topic))
		result, err := db.Query(ctx, "SELECT toInt64(count()), sum(xxh3(event_id)) FROM "+table)
		if err != nil {
			return err
		}
		e := expectation{Want: ids, Got: written{result.Rows[0][0].(int64), result.Rows[0][1].(uint64)}}
		l.Tables[table] = e
		if e.Want != e.Got {
			l.problem("%s must have %d events and has %d; the ids differ", table, e.Want.N, e.Got.N)
		}
	}
	twice, err := number(ctx, db, `SELECT toInt64(count()) FROM (SELECT 1 FROM retrain_triggers GROUP BY domain, rule_id, episode_id, kind HAVING count() > 1)`)
	if err != nil {
		return err
	}
	if twice > 0 {
		l.problem("%d triggers fired or cleared more than once", twice)
	}
	refused, err := number(ctx, db, `SELECT toInt64(count()) FROM dead_letters WHERE kind != 'truncated'`)
	if err != nil {
		return err
	}
	if refused > 0 {
		l.problem("%d dead letters of good records", refused)
	}
	return r.inspect(l)
}

// inspect looks at how the processes fared.
func (r *rig) inspect(l *chaosLedger) error {
	l.SIGKILLs = r.kills
	for _, p := range r.processes() {
		p.mu.Lock()
		l.Processes[p.name] = processSum{Starts: p.starts, Ends: p.ends, PeakMB: p.peakKB >> 10}
		l.SIGKILLs += p.kills
		if p.finished && p != r.producer {
			l.problem("%s ended by itself without an error", p.name)
		}
		p.mu.Unlock()
	}
	return fs.WalkDir(os.DirFS(r.logs), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(r.logs, path))
		if err != nil {
			return fmt.Errorf("read a log: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			for _, sign := range []string{"panic: ", "panic in the service", "fatal error: ", "DATA RACE", "records are lost"} {
				if strings.Contains(line, sign) {
					l.problem("%s: %s", path, strings.TrimSpace(line))
				}
			}
		}
		return nil
	})
}

// recompute derives every service's output from the log again, by the services' functions and without their runtime: what
// a run without faults over the same log gives. It returns the ids by topic.
func (r *rig) recompute(ctx context.Context, topo topology.Topology) (map[string]written, error) {
	keys, err := privacy.OpenKeyring(r.direct.Keyring)
	if err != nil {
		return nil, err
	}
	scan, err := securityscan.New(securityscan.Options{HashKey: []byte(keys.Token("assay", "key", "match_hash"))})
	if err != nil {
		return nil, err
	}
	rules, err := quality.ParseRules([]byte(chaosRules))
	if err != nil {
		return nil, err
	}
	functions := map[string]consumers.MapFunc{
		securityscan.Name: scan,
		signals.Name:      signals.Map,
		outcomes.Name:     remembering[outcomes.State](outcomes.Fold),
		curation.Name:     remembering[curation.State](curation.Fold),
		quality.Name:      remembering(quality.New(func() *quality.Rules { return rules })),
	}
	made := map[string]written{}
	known := map[string]map[uint64]bool{} // what a service says twice on purpose, like a finding in code that is shown and then accepted
	for _, topic := range topo.Topics {
		if topic.Record == nil {
			continue
		}
		var readers []consumers.MapFunc
		for name, f := range functions {
			i := slices.IndexFunc(topo.Services, func(s topology.Service) bool { return s.Name == name })
			if slices.Contains(topo.Services[i].Inputs, topic.Name) {
				readers = append(readers, f)
			}
		}
		if len(readers) == 0 {
			continue
		}
		err := r.eachEvent(ctx, keys, topic, func(in consumers.Input) error {
			for _, f := range readers {
				events, err := f(in)
				if err != nil {
					return fmt.Errorf("%s/%d offset %d: %w", in.Topic, in.Partition, in.Offset, err)
				}
				for _, e := range events {
					out, id := e.Record().Topic, xxh3.HashString(e.Env().EventID)
					if known[out] == nil {
						known[out] = map[uint64]bool{}
					}
					if !known[out][id] {
						known[out][id] = true
						made[out] = written{made[out].N + 1, made[out].Sum + id}
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// eachEvent calls each with the readable events of a topic, repeats left out, partition after partition.
func (r *rig) eachEvent(ctx context.Context, keys *privacy.Keyring, topic topology.Topic, each func(consumers.Input) error) error {
	client, err := r.direct.client()
	if err != nil {
		return err
	}
	registry, err := r.direct.Registry.Client()
	if err != nil {
		return err
	}
	decoder := schemas.NewDecoder(registry)
	window := int64(consumers.DefaultTuning().DedupWindow)
	for partition := range topic.Partitions {
		log, err := partlog.NewReader(r.direct.Cluster, client, topic.Name, partition)
		if err != nil {
			return err
		}
		next, end, err := log.Bounds(ctx)
		if err != nil {
			return err
		}
		seen := map[uint64]int64{}
		for next < end {
			chunk, err := log.Fetch(ctx, next, 4<<20, time.Second)
			if err != nil {
				return err
			}
			next = chunk.Next
			for i := range chunk.Records {
				record := &chunk.Records[i]
				e, err := decoder.Decode(ctx, topic.Record, record.Value)
				if errors.As(err, new(*schemas.MalformedError)) {
					continue
				}
				if err != nil {
					return err
				}
				id := xxh3.HashString(e.Env().EventID)
				last, known := seen[id]
				seen[id] = record.Offset
				if known && last >= record.Offset-window {
					continue
				}
				in := consumers.Input{Event: e, Topic: topic.Name, Partition: partition, Offset: record.Offset, LogTime: time.UnixMilli(record.Time).UTC()}
				if sealed, ok := e.(schemas.Sealed); ok {
					if bytes, keyID := sealed.SealedPayload(); len(bytes) > 0 {
						if in.Plain, err = keys.Open(e.Env().Org, keyID, bytes, []byte(e.Env().EventID)); err != nil {
							return fmt.Errorf("open the payload of %s: %w", e.Env().EventID, err)
						}
					}
				}
				if err := each(in); err != nil {
					return err
				}
			}
		}
		log.Close()
	}
	return nil
}
