package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// opsOptions say where a process can be watched.
type opsOptions struct {
	HTTP  string `name:"http" default:":9464" env:"ASSAY_HTTP" placeholder:"ADDR" help:"Address of /metrics, /healthz and /readyz. Default: ${default}."`
	Pprof string `default:"127.0.0.1:0" env:"ASSAY_PPROF" placeholder:"ADDR" help:"Loopback address of /debug/pprof; off switches it off."`
}

// ops serves metrics and health to machines, and profiles to whoever is on this one.
type ops struct {
	servers []*http.Server
	address string // of metrics and health
	pprof   string // "off" where there is none
}

func newMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func startOps(o opsOptions, metrics *prometheus.Registry, ready func() bool) (*ops, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready() {
			http.Error(w, "not ready: not every service is a member of its group, or Kafka can't be observed", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	s := &ops{}
	address, err := s.listen(o.HTTP, mux, "--http")
	if err != nil {
		return nil, err
	}
	s.address, s.pprof = address, "off"
	if o.Pprof == "off" {
		return s, nil
	}
	profiles := http.NewServeMux()
	profiles.HandleFunc("/debug/pprof/", pprof.Index)
	profiles.HandleFunc("/debug/pprof/profile", pprof.Profile)
	profiles.HandleFunc("/debug/pprof/trace", pprof.Trace)
	profiles.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	if host, _, err := net.SplitHostPort(o.Pprof); err != nil || !net.ParseIP(host).IsLoopback() {
		return nil, errors.Join(fmt.Errorf("--pprof %s: profiles show memory, so the address must be a loopback one like 127.0.0.1:6060", o.Pprof), s.close())
	}
	if s.pprof, err = s.listen(o.Pprof, profiles, "--pprof"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *ops) listen(address string, h http.Handler, flag string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen for %s: %w: choose another address with %s", flag, err, flag)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }()
	return l.Addr().String(), nil
}

func (s *ops) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var err error
	for _, server := range s.servers {
		err = errors.Join(err, server.Shutdown(ctx))
	}
	return err
}
