package consumers

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/topology/partlog"
)

// entry is the state of one key.
type entry struct {
	raw     []byte // as restored, until it is needed
	state   any    // nil where the key is forgotten
	applied int64  // last input offset that is part of the state
	gone    bool   // written as forgotten: a tombstone may follow once the inputs are committed
}

// The changelog's value: version, last applied input offset, state. A zombie may write after its successor did; a key's
// state is a function of its inputs, so on restore the entry with the greatest offset wins, whatever the order in the log.
const (
	changelogVersion = 1
	changelogHead    = 1 + 8
)

func appendChange(dst []byte, applied int64, state []byte) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, changelogVersion), uint64(applied))
	return append(dst, state...)
}

func parseChange(value []byte) (applied int64, state []byte, err error) {
	if len(value) < changelogHead || value[0] != changelogVersion {
		return 0, nil, errors.New("not a changelog entry of this version of Assay")
	}
	return int64(binary.BigEndian.Uint64(value[1:])), value[changelogHead:], nil
}

// keyedState is the state of one partition's keys, backed by the changelog topic.
type keyedState struct {
	worker  *worker
	entries map[string]*entry
	touched map[string]*entry // since the last save
	gone    []string          // forgotten and saved, to be buried at the next save
}

func newKeyedState(w *worker) *keyedState {
	return &keyedState{worker: w, entries: map[string]*entry{}, touched: map[string]*entry{}}
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
	return k.worker.scan(k.worker.stop, source, log.first, log.end, func(r *partlog.Record) error {
		key := string(r.Key)
		if r.Value == nil {
			delete(k.entries, key)
			return nil
		}
		applied, state, err := parseChange(r.Value)
		if err != nil {
			return fatal(fmt.Errorf("%s offset %d: %w", topic, r.Offset, err))
		}
		if old := k.entries[key]; old == nil || applied >= old.applied {
			k.entries[key] = &entry{raw: state, applied: applied}
		}
		return nil
	})
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
			return nil, fatal(fmt.Errorf("restore the state of a key of %s: %w", k.worker.service.StateTopic(), err))
		}
		e.state, e.raw = state, nil
	}
	return e, nil
}

func (k *keyedState) touch(key string, e *entry) {
	e.gone = false
	k.touched[key] = e
}

// save writes every touched key to the changelog. A key that was forgotten is first written as such, with its offset, so
// that its inputs are not applied again after a crash; its tombstone follows when they are committed.
func (k *keyedState) save() error {
	topic, partition := k.worker.service.StateTopic(), k.worker.place.partition
	var records []producers.Record
	for _, key := range k.gone {
		if e := k.entries[key]; e != nil && e.gone {
			records = append(records, producers.Record{Topic: topic, Partition: partition, Key: []byte(key)})
			delete(k.entries, key)
		}
	}
	k.gone = k.gone[:0]
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
			Value: appendChange(nil, e.applied, state)})
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
