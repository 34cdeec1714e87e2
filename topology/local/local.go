// Package local runs a Kafka broker and a schema registry inside the process, on their real wire protocols, for
// `assay up` and for tests. Both keep what they hold in a folder and survive a restart and a kill of the process. It is
// no production broker: one process, one disk, and after a power cut what the system had not yet written is gone.
package local

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/assayhq/assay/topology"
)

// Config says where the broker and the registry keep their data and listen.
type Config struct {
	Dir          string       // kafka/, registry.jsonl and ports.json are kept inside
	KafkaPort    int          // of the first broker, the others follow; 0 takes the last run's ports, or free ones
	RegistryPort int          // 0 takes the last run's port, or a free one
	Brokers      int          // 0 is one
	Logger       *slog.Logger // required

	// Users turns login on; ACLs makes all but the superusers ask for permission; TLS encrypts the brokers' ports.
	Users []User
	ACLs  bool
	TLS   *tls.Config
}

// User may log in to the brokers.
type User struct {
	Mechanism, Name, Password string // the mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Super                     bool   // needs no ACL
}

// Local is a running broker and registry.
type Local struct {
	brokers   []string
	registry  string
	lock      *flock.Flock
	cluster   *kfake.Cluster
	server    *http.Server
	serverErr chan error
	journal   *registry
}

// Start opens the folder and serves until Close. Everything acknowledged before an earlier process ended, however it
// ended, is there again, on the same ports when they are free.
func Start(ctx context.Context, config Config) (_ *Local, err error) {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	l := &Local{lock: flock.New(filepath.Join(config.Dir, "kafka.lock")), serverErr: make(chan error, 1)}
	locked, err := l.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("data folder %s is in use by another assay: stop that one or choose another folder with --data", config.Dir)
	}
	listeners, err := listen(ctx, config)
	if err != nil {
		return nil, errors.Join(err, l.lock.Unlock())
	}
	defer func() {
		if err != nil {
			listeners.close()
			err = errors.Join(err, l.lock.Unlock())
		}
	}()
	if l.journal, err = openRegistry(filepath.Join(config.Dir, "registry.jsonl"), config.Logger); err != nil {
		return nil, err
	}
	if l.cluster, err = startBrokers(config, listeners.kafka); err != nil {
		return nil, errors.Join(err, l.journal.close())
	}
	for _, listener := range listeners.kafka {
		l.brokers = append(l.brokers, listener.Addr().String())
	}
	l.registry = "http://" + listeners.registry.Addr().String()
	l.server = &http.Server{Handler: l.journal, ReadHeaderTimeout: 10 * time.Second}
	go func() { l.serverErr <- l.server.Serve(listeners.registry) }()
	return l, nil
}

// Cluster returns the brokers' addresses; TLS and login are the caller's to add.
func (l *Local) Cluster() topology.Cluster { return topology.Cluster{Brokers: l.brokers} }

// RegistryURL returns the address of the schema registry.
func (l *Local) RegistryURL() string { return l.registry }

// Close stops serving and writes what speeds up the next start.
func (l *Local) Close() error {
	closeErr := l.server.Close()
	if err := <-l.serverErr; !errors.Is(err, http.ErrServerClosed) {
		closeErr = errors.Join(closeErr, err)
	}
	l.cluster.Close()
	return errors.Join(closeErr, l.journal.close(), l.lock.Unlock())
}

type listeners struct {
	kafka    []net.Listener
	registry net.Listener
}

func (l listeners) close() {
	for _, listener := range append(l.kafka, l.registry) {
		if listener != nil {
			listener.Close()
		}
	}
}
