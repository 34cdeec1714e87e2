package local

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// forever is a century: the broker counts in time.Duration, of which 292 years are too many. It took longer ones for negative, and
// forgot the committed offsets of every partition that was idle for ten minutes.
const forever = 100 * 365 * 24 * time.Hour

// startBrokers serves the folder's topics on the listeners, one broker each.
func startBrokers(config Config, listeners []net.Listener) (*kfake.Cluster, error) {
	dir := filepath.Join(config.Dir, "kafka")
	for _, prepare := range []func(dir string) error{undoCompaction, check, compact} {
		if err := prepare(dir); err != nil {
			return nil, err
		}
	}
	next := 0
	options := []kfake.Opt{
		kfake.NumBrokers(len(listeners)),
		kfake.ListenFn(func(string, string) (net.Listener, error) {
			next++
			return lingeringListener{listeners[next-1]}, nil
		}),
		kfake.ClusterID("assay-local"),
		kfake.DataDir(dir),
		kfake.WithLogger(brokerLog{config.Logger}),
		// Three defaults are wrong here.
		//
		// Committed offsets expire a week after the last commit by default: a folder that rested for longer would be read
		// again from the start, past every deduplication window.
		//
		// The broker reads whole segments into memory when it starts, all partitions at once.
		//
		// Compaction while serving isn't safe against a kill; compact does it before.
		kfake.BrokerConfigs(map[string]string{
			"offsets.retention.minutes": strconv.FormatInt(int64(forever/time.Minute), 10),
			"log.segment.bytes":         "8388608",
			"log.cleaner.backoff.ms":    strconv.FormatInt(forever.Milliseconds(), 10),
		}),
	}
	if len(config.Users) > 0 {
		options = append(options, kfake.EnableSASL())
	}
	for _, user := range config.Users {
		if user.Super {
			options = append(options, kfake.Superuser(user.Mechanism, user.Name, user.Password))
		} else {
			options = append(options, kfake.User(user.Mechanism, user.Name, user.Password))
		}
	}
	if config.ACLs {
		options = append(options, kfake.EnableACLs())
	}
	if config.TLS != nil {
		options = append(options, kfake.TLS(config.TLS))
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: restore the data folder from a copy, or delete it to start afresh", dir, err)
	}
	cluster.ApplyRetention() // which would otherwise run together with compaction
	debug.FreeOSMemory()     // the log was read once to check it and once to index it, and stays on disk from here on
	return cluster, nil
}

// brokerLog passes on the broker's complaints; what it tells about single requests is for debugging only.
type brokerLog struct{ logger *slog.Logger }

func (b brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	to := slog.LevelDebug
	switch level {
	case kfake.LogLevelError:
		to = slog.LevelError
	case kfake.LogLevelWarn:
		to = slog.LevelWarn
	}
	if ctx := context.Background(); b.logger.Enabled(ctx, to) {
		b.logger.Log(ctx, to, "embedded broker: "+fmt.Sprintf(format, args...))
	}
}
