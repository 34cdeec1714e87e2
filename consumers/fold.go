package consumers

import (
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// fold runs a Fold. Outputs are written before the changelog and the changelog before the commit, so that after a crash
// anywhere the inputs whose offset the changelog holds are skipped and the others give the same outputs again.
func (w *worker) fold(at position, start int64, chunks <-chan partlog.Chunk) error {
	state := newKeyedState(w)
	if err := state.restore(); err != nil {
		return err
	}
	w.metrics.keys(len(state.entries))
	if state.timers != nil {
		state.timers.now = parseClock(at.metadata)
		w.expire = state.expire
	}
	committed := start
	return w.transform(chunks, func(in Input) ([]schemas.Event, error) { return w.applied(state, in) }, func(next int64) (string, error) {
		err := state.save(committed)
		committed = next // by the time of the next save
		if state.timers == nil {
			return "", err
		}
		return state.timers.clock(), err
	})
}

// applied folds one input into its key's state, unless the state holds it already. An error leaves the state as it was.
func (w *worker) applied(state *keyedState, in Input) ([]schemas.Event, error) {
	key := in.Event.Key()
	e, err := state.get(key)
	if err != nil || in.Offset <= e.applied {
		return nil, err
	}
	next, out, err := w.service.folder.fold(e.state, in)
	if err != nil {
		return nil, err
	}
	if next == nil && e.state == nil { // nothing to keep, nor to forget: applied again, it is the same
		state.discard(key, e)
		return out, nil
	}
	if same, ok := next.(Steady); ok && next == e.state && same.Steady() {
		return out, nil // nothing to write: applied again, it is the same
	}
	e.state, e.applied, e.at = next, in.Offset, in.LogTime.UnixMilli()
	state.newest = max(state.newest, e.at)
	if state.timers != nil {
		state.timers.set(key, e, state.timers.now)
	}
	state.touch(key, e)
	return out, nil
}
