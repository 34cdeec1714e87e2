package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A broker that hangs while events flow, until the others have gone on without it, and then comes back: no event is
// lost or counted twice. What was sent to it and not acknowledged is sent again.
func TestKafkaBrokerHangs(t *testing.T) {
	i := install(t)
	pids := strings.Split(os.Getenv("ASSAY_TEST_KAFKA_PIDS"), ",")
	if len(pids) < 3 {
		t.Skip("nothing says which processes here are the brokers")
	}
	pid, err := strconv.Atoi(pids[1])
	if err != nil {
		t.Fatal(err)
	}
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	services := map[string]*process{}
	for _, name := range serviceNames() {
		services[name] = i.serve(name, name)
	}
	i.assay("producer", "simulate", "--seed", "1", "--events", "5000")
	signal(syscall.SIGSTOP)
	producer := i.start("producer", "simulate", "--seed", "2", "--events", "5000")
	i.awaitBrokers(2)
	signal(syscall.SIGCONT)
	i.awaitBrokers(3)
	if code := producer.wait(); code != 0 {
		t.Fatalf("the producer ended with %d", code)
	}
	i.awaitDrained()

	var r report
	i.assayJSON(&r, "admin", "report", "--json")
	if r.EventsIn != 10_000 || r.DeadLetters != 0 || !r.Ledger.Balanced {
		t.Errorf("%d events, %d dead letters, problems %v", r.EventsIn, r.DeadLetters, r.Ledger.Problems)
	}
	for name, account := range r.Ledger.Topics {
		t.Logf("%s: %+v", name, *account)
	}
	for name, p := range services {
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Errorf("%s ended with %d", name, code)
		}
	}
}

// awaitBrokers waits until the first broker counts n of them.
func (i *installation) awaitBrokers(n int) {
	i.t.Helper()
	admin := i.logins["admin"]
	dialer, err := admin.Dialer()
	if err != nil {
		i.t.Fatal(err)
	}
	i.await(strconv.Itoa(n)+" brokers", func() (bool, error) {
		conn, err := dialer.DialContext(i.t.Context(), "tcp", admin.Brokers[0])
		if err != nil {
			return false, err
		}
		defer conn.Close()
		known, err := conn.Brokers()
		return len(known) == n, err
	})
}
