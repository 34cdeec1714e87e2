package consumers

import (
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// fold runs a Fold: as mapping, with the key's state in between. Outputs are written before the changelog and the
// changelog before the commit, so that after a crash anywhere the inputs whose offset the changelog holds are skipped
// and the others give the same outputs again.
func (w *worker) fold(start int64, chunks <-chan partlog.Chunk) error {
	state := newKeyedState(w)
	if err := state.restore(); err != nil {
		return err
	}
	w.metrics.keys(len(state.entries))
	committed := start
	for c := range chunks {
		began := time.Now()
		var letters []letterOf
		var all []taken
		for i := range c.Records {
			var fault error
			t, ok, err := w.take(&c.Records[i], &letters, func(in Input) (out []schemas.Event, err error) {
				out, fault, err = w.applied(state, in)
				return out, err
			})
			if err == nil {
				err = fault
			}
			if err != nil {
				return err
			}
			if ok && len(t.output) > 0 {
				all = append(all, t)
			}
		}
		if err := w.publishAll(all, letters); err != nil {
			return err
		}
		if err := state.save(committed); err != nil {
			return err
		}
		if err := w.commit(c.Next, ""); err != nil {
			return err
		}
		committed = c.Next
		w.done(c, began)
	}
	return nil
}

// applied folds one input into its key's state, unless the state holds it already. fault ends the worker; err condemns
// the input, and the state stays as it was.
func (w *worker) applied(state *keyedState, in Input) (out []schemas.Event, fault, err error) {
	key := in.Event.Key()
	e, fault := state.get(key)
	if fault != nil || in.Offset <= e.applied {
		return nil, fault, nil
	}
	next, out, err := w.service.folder.fold(e.state, in)
	if err != nil {
		return nil, nil, err
	}
	e.state, e.applied = next, in.Offset
	state.touch(key, e)
	return out, nil, nil
}
