package consumers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/topology/partlog"
)

// entry is the state of one key.
type entry struct {
	raw     []byte // as restored, until it is needed
	state   any    // nil where the key is forgotten
	applied int64  // last input offset that is part of the state
	at      int64  // log time of that input, or later, milliseconds
	due     int64  // when the key's timer goes off, by the time of the partition, milliseconds; 0 for never
	alarm   int64  // the earliest of timers.alarms that stands for the key; 0 for none
	gone    bool   // written as forgotten: a tombstone follows once the inputs are committed
	buried  bool   // by a tombstone
}

// The changelog's value: version, last applied input offset, when the key's timer goes off where it has one, state. A zombie may write after its successor did; a key's
// state is a function of its inputs, so on restore the entry with the greatest offset wins, whatever the order in the log.
// A tombstone, which compaction needs to be without a value, says so in a header.
const (
	changelogVersion = 1
	changelogTimed   = 2 // with a timer
	changelogHead    = 1 + 8
	changelogTimer   = 8
	headerApplied    = "assay-applied"
)

const anotherVersion = "another version of Assay wrote it; run that one, or begin with empty topics (a new --data folder)"

func appendChange(dst []byte, applied, due int64, state []byte) []byte {
	if due == 0 {
		dst = binary.BigEndian.AppendUint64(append(dst, changelogVersion), uint64(applied))
	} else {
		dst = binary.BigEndian.AppendUint64(append(dst, changelogTimed), uint64(applied))
		dst = binary.BigEndian.AppendUint64(dst, uint64(due))
	}
	return append(dst, state...)
}

func parseChange(value []byte) (applied, due int64, state []byte, err error) {
	switch {
	case len(value) >= changelogHead && value[0] == changelogVersion:
		return int64(binary.BigEndian.Uint64(value[1:])), 0, value[changelogHead:], nil
	case len(value) >= changelogHead+changelogTimer && value[0] == changelogTimed:
		applied, due = int64(binary.BigEndian.Uint64(value[1:])), int64(binary.BigEndian.Uint64(value[changelogHead:]))
		return applied, due, value[changelogHead+changelogTimer:], nil
	}
	return 0, 0, nil, errors.New("not an entry that this version reads")
}

// keyedState is the state of one partition's keys, backed by the changelog topic.
type keyedState struct {
	worker  *worker
	timers  *timers // nil where the service has none
	entries map[string]*entry
	touched map[string]*entry // since the last save
	gone    []string          // forgotten and saved, to be buried
	newest  int64             // log time
	swept   int64             // newest when idle keys were last looked for
}

func newKeyedState(w *worker) *keyedState {
	k := &keyedState{worker: w, entries: map[string]*entry{}, touched: map[string]*entry{}}
	if t, ok := w.service.folder.(timer); ok {
		k.timers = &timers{timer: t}
	}
	return k
}

// restore reads the changelog from its beginning to its end.
func (k *keyedState) restore() error {
	topic := k.worker.service.StateTopic()
	source, err := partlog.NewReader(k.worker.config.Cluster, k.worker.session.client, topic, k.worker.place.partition)
	if err != nil {
		return err
	}
	defer source.Close()
	type span struct{ first, end int64 }
	log, err := retry(k.worker.stop, k.worker, "list changelog offsets", func() (s span, err error) {
		s.first, s.end, err = source.Bounds(k.worker.stop)
		return s, err
	})
	if err != nil {
		return err
	}
	err = k.worker.scan(k.worker.stop, source, log.first, log.end, func(r *partlog.Record) error {
		key := string(r.Key)
		change := r.Value
		if change == nil { // a tombstone
			change, _ = r.Header(headerApplied)
		}
		applied, due, state, err := parseChange(change)
		if err != nil {
			return fatal(fmt.Errorf("%s offset %d: %w: %s", topic, r.Offset, err, anotherVersion))
		}
		if old := k.entries[key]; old == nil || applied >= old.applied {
			k.entries[key] = &entry{raw: state, applied: applied, due: due, at: r.Time, gone: len(state) == 0, buried: r.Value == nil}
			k.newest = max(k.newest, r.Time)
		}
		return nil
	})
	for key, e := range k.entries {
		switch {
		case e.buried:
			delete(k.entries, key)
		case e.gone:
			k.gone = append(k.gone, key)
		case k.timers != nil:
			k.timers.arm(key, e)
		}
	}
	return err
}

// get returns a key's entry, decoded, and creates it where the key is new.
func (k *keyedState) get(key string) (*entry, error) {
	e := k.entries[key]
	if e == nil {
		e = &entry{applied: -1}
		k.entries[key] = e
	}
	if len(e.raw) > 0 {
		state, err := k.worker.service.folder.unmarshal(e.raw)
		if err != nil {
			return nil, fatal(fmt.Errorf("restore the state of a key of %s: %w: %s", k.worker.service.StateTopic(), err, anotherVersion))
		}
		e.state, e.raw = state, nil
	}
	return e, nil
}

func (k *keyedState) touch(key string, e *entry) {
	e.gone = false
	k.touched[key] = e
}

// discard drops the entry of a key that never had a state.
func (k *keyedState) discard(key string, e *entry) {
	if e.applied < 0 {
		delete(k.entries, key)
	}
}

// sweeps is how often idle keys are looked for in the time after which they are forgotten.
const sweeps = 64

// sweep forgets the keys that had no input for longer than the service keeps them.
func (k *keyedState) sweep() {
	after := k.worker.service.forgets.Milliseconds()
	if after == 0 || k.newest-k.swept < after/sweeps {
		return
	}
	k.swept = k.newest
	for key, e := range k.entries {
		if e.at < k.newest-after && !e.gone {
			e.state, e.raw, e.due = nil, nil, 0
			k.touch(key, e)
		}
	}
}

// save writes every touched key to the changelog. A key that was forgotten is first written as such, with its offset, so
// that its inputs are not applied again after a crash; its tombstone follows when they are committed, as all before the
// offset committed are.
func (k *keyedState) save(committed int64) error {
	k.sweep()
	topic, partition := k.worker.service.StateTopic(), k.worker.place.partition
	var records []producers.Record
	k.gone = slices.DeleteFunc(k.gone, func(key string) bool {
		e := k.entries[key]
		if e == nil || !e.gone {
			return true
		}
		if e.applied >= committed {
			return false
		}
		records = append(records, producers.Record{Topic: topic, Partition: partition, Key: []byte(key),
			Headers: []kafka.Header{{Key: headerApplied, Value: appendChange(nil, e.applied, 0, nil)}}})
		delete(k.entries, key)
		return true
	})
	for key, e := range k.touched {
		var state []byte
		if e.state != nil {
			var err error
			if state, err = k.worker.service.folder.marshal(e.state); err != nil {
				return fatal(fmt.Errorf("save the state of a key: %w", err))
			}
		} else {
			e.gone = true
			k.gone = append(k.gone, key)
		}
		records = append(records, producers.Record{Topic: topic, Partition: partition, Key: []byte(key),
			Value: appendChange(nil, e.applied, e.due, state)})
	}
	clear(k.touched)
	if len(records) == 0 {
		return nil
	}
	err := k.worker.config.Publisher.Send(k.worker.hard, records)
	if errors.Is(err, producers.ErrFatal) || condemned(err) {
		return fatal(fmt.Errorf("write to the changelog %s: %w", topic, err))
	}
	k.worker.metrics.keys(len(k.entries))
	return err
}
