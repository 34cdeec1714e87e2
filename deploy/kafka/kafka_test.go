package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestVersionOfThePom(t *testing.T) {
	release, err := version()
	if err != nil || !regexp.MustCompile(`^4\.\d+\.\d+$`).MatchString(release) {
		t.Errorf("version %q, %v; want a 4.x", release, err)
	}
}

// Clients verify the brokers' certificate by the authority's file alone.
func TestCertificates(t *testing.T) {
	authority, keystore, err := writeCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(keystore, keystore)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("no authority")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: "127.0.0.1", Roots: roots}); err != nil {
		t.Error(err)
	}
}

// Nothing of a cluster is reachable from another machine, and no two listeners share a port.
func TestConfiguration(t *testing.T) {
	c := &cluster{dir: t.TempDir(), password: "secret"}
	if err := c.configure(); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, n := range c.nodes {
		text, err := os.ReadFile(n.config())
		if err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(string(text), "\nlisteners=")
		list, _, _ = strings.Cut(list, "\n")
		for listener := range strings.SplitSeq(list, ",") {
			_, address, _ := strings.Cut(listener, "://")
			host, port, err := net.SplitHostPort(address)
			if err != nil || host != "127.0.0.1" || port == "0" || used[port] {
				t.Errorf("broker %d listens on %s", n.ID, listener)
			}
			used[port] = true
		}
		if info, err := os.Stat(n.config()); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the password in it and mode %v, %v", n.config(), info.Mode(), err)
		}
	}
	if len(used) != 3*brokers {
		t.Errorf("%d listeners, want %d", len(used), 3*brokers)
	}
}

// Whoever ends this program ends what the command has started, too.
func TestExecuteEndsTheWholeGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		// The background job of a shell doesn't hear of an interrupt.
		ended <- execute(ctx, []string{"sh", "-c", "sleep 100 >/dev/null 2>&1 & echo $! > " + file + ".new; mv " + file + ".new " + file + "; wait"}, os.Environ())
	}()
	var pid int
	for pid == 0 {
		if text, err := os.ReadFile(file); err == nil {
			if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Millisecond) // between polls
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("an interrupted command is no error")
	}
	for deadline := time.Now().Add(10 * time.Second); running(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("process %d still runs", pid)
		}
		time.Sleep(5 * time.Millisecond) // between polls
	}
}

// running says whether the process is there and no corpse that its new parent has yet to bury.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(text), ") Z ")
}

func TestExecutePassesTheEnvironmentAndTheExitCode(t *testing.T) {
	if err := execute(t.Context(), []string{"sh", "-c", `test "$` + suite + `" = 1 && test "$X" = 2`}, append(os.Environ(), "X=2")); err != nil {
		t.Error(err)
	}
	if err := execute(t.Context(), []string{"sh", "-c", "exit 3"}, os.Environ()); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v, want exit status 3", err)
	}
}

// The cluster is the one of KAFKA_BROKERS, which is what the tests are told to empty.
func TestAForeignClusterMustBeReachable(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "127.0.0.1:1")
	t.Setenv("ASSAY_BROKERS", "not an address")
	t.Setenv("ASSAY_DATA", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := run(ctx, []string{"true"}); err == nil || !strings.Contains(err.Error(), "KAFKA_BROKERS") {
		t.Errorf("%v, want a word on KAFKA_BROKERS", err)
	}
}
