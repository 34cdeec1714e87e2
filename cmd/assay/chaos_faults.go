package main

import (
	"context"
	"fmt"
	"syscall"
)

// settings of tables that make inserts fail as they do when it is for real.
var tableFaults = map[faultKind][2]string{
	faultParts:    {"MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1", "RESET SETTING parts_to_throw_insert, parts_to_delay_insert"},
	faultFull:     {"MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000000", "RESET SETTING min_free_disk_bytes_to_perform_insert"},
	faultReadonly: {"MODIFY SETTING table_readonly = 1", "MODIFY SETTING table_readonly = 0"},
}

// inflict makes a fault happen and mends it when its time is over. Its error says that the rig itself is broken.
func (r *rig) inflict(ctx context.Context, f fault) error {
	if table, ok := tableFaults[f.Kind]; ok {
		if err := r.alter(ctx, table[0]); err != nil {
			return err
		}
		_ = sleepFor(ctx, f.For)
		return r.alter(context.WithoutCancel(ctx), table[1])
	}
	switch f.Kind {
	case faultKill:
		if f.Target == targetClickHouse {
			return r.killClickHouse(ctx, f.For)
		}
		r.victim(f).end(syscall.SIGKILL, f.For)
	case faultPause:
		signal := r.victim(f).signal
		if f.Target == targetBroker && len(r.brokerPIDs) > 0 {
			signal = func(s syscall.Signal) { _ = syscall.Kill(r.brokerPIDs[f.Victim%len(r.brokerPIDs)], s) }
		}
		signal(syscall.SIGSTOP)
		_ = sleepFor(ctx, f.For)
		signal(syscall.SIGCONT)
	case faultCut, faultHold, faultSlow:
		r.clicks.set(f.Kind)
		_ = sleepFor(ctx, f.For)
		r.clicks.set("")
	case faultNoRegistry:
		r.registry.set(faultCut)
		r.victim(f).end(syscall.SIGKILL, 0)
		_ = sleepFor(ctx, f.For)
		r.registry.set("")
	case faultMemory:
		r.setStarved(f.Target, true)
		_ = sleepFor(ctx, f.For)
		r.setStarved(f.Target, false)
	case faultScale:
		return r.rollingRestart(ctx, f)
	default:
		return fmt.Errorf("no way to inflict %q", f.Kind)
	}
	return nil
}

// rollingRestart brings a service to three members, restarts the first of them, and takes one away.
func (r *rig) rollingRestart(ctx context.Context, f fault) error {
	if err := r.scale(ctx, f.Target, 3); err != nil {
		return err
	}
	_ = sleepFor(ctx, f.For/2)
	f.Victim = 0
	r.victim(f).end(syscall.SIGTERM, 0)
	_ = sleepFor(ctx, f.For/2)
	return r.scale(context.WithoutCancel(ctx), f.Target, 2)
}
