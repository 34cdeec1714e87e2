package main

import (
	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// remembering runs a service's Fold without the runtime: over inputs in the order of the log, with the keys' state in memory.
func remembering[S any](fold consumers.FoldFunc[S]) consumers.MapFunc {
	states := map[string]*S{}
	return func(in consumers.Input) ([]schemas.Event, error) {
		key := in.Event.Key()
		next, events, err := fold(states[key], in)
		if err != nil {
			return nil, err
		}
		states[key] = next
		return events, nil
	}
}
