package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// ports remembers where the last run listened, because clients have written the addresses down.
type ports struct {
	Kafka    []int `json:"kafka"`
	Registry int   `json:"registry"`
}

// listen opens all ports on the loopback interface. A port that the caller names must be free; a remembered one that is
// taken now is replaced.
func listen(ctx context.Context, config Config) (l listeners, err error) {
	path := filepath.Join(config.Dir, "ports.json")
	var last ports
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return l, fmt.Errorf("read the ports of the last run: %w: delete %s to choose new ones", err, path)
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	var now ports
	for i := range max(1, config.Brokers) {
		wanted, remembered := 0, 0
		if config.KafkaPort != 0 {
			wanted = config.KafkaPort + i
		}
		if i < len(last.Kafka) {
			remembered = last.Kafka[i]
		}
		listener, err := listenOn(ctx, wanted, remembered, "Kafka", "--kafka-port")
		if err != nil {
			return l, err
		}
		l.kafka = append(l.kafka, listener)
		now.Kafka = append(now.Kafka, port(listener))
	}
	if l.registry, err = listenOn(ctx, config.RegistryPort, last.Registry, "the schema registry", "--registry-port"); err != nil {
		return l, err
	}
	now.Registry = port(l.registry)
	if text, err = json.Marshal(now); err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return l, fmt.Errorf("remember the ports: %w", err)
	}
	return l, nil
}

func listenOn(ctx context.Context, wanted, remembered int, what, flag string) (net.Listener, error) {
	var config net.ListenConfig
	open := func(port int) (net.Listener, error) {
		return config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	if wanted == 0 {
		if listener, err := open(remembered); err == nil {
			return listener, nil
		}
	}
	listener, err := open(wanted)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d for %s is taken: stop the program that listens there or choose another with %s", wanted, what, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", what, err)
	}
	return listener, nil
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
