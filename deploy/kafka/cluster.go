package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	brokers    = 3
	user       = "root" // a superuser with PLAIN and SCRAM
	startLimit = 90 * time.Second
)

//go:embed server.properties.tmpl
var propertiesText string

var properties = template.Must(template.New("server.properties").Parse(propertiesText))

//go:embed log4j2.properties
var logging []byte

// cluster is three brokers on this machine, each a controller too.
type cluster struct {
	dir       string // holds everything of it
	launcher  launcher
	password  string // of user
	authority string // file that clients trust
	nodes     []*node
}

// start returns when all three brokers serve.
func start(ctx context.Context) (_ *cluster, err error) {
	release, err := version()
	if err != nil {
		return nil, err
	}
	c := &cluster{password: rand.Text()}
	if c.launcher, err = findLauncher(ctx, release); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "assay-kafka-"); err != nil {
		return nil, fmt.Errorf("make a folder for Kafka: %w", err)
	}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	began := time.Now()
	if err := c.configure(); err != nil {
		return nil, err
	}
	if err := c.format(ctx); err != nil {
		return nil, err
	}
	for _, n := range c.nodes { // in this thread: see endWithParent
		if err := c.startNode(ctx, n); err != nil {
			return nil, err
		}
	}
	if err := c.awaitBrokers(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "kafka: Apache Kafka %s, %d brokers, up in %.1f s\n", release, brokers, time.Since(began).Seconds())
	return c, nil
}

// configure writes the files of all nodes.
func (c *cluster) configure() error {
	authority, keystore, err := writeCertificates(c.dir)
	if err != nil {
		return err
	}
	c.authority = authority
	if err := os.WriteFile(filepath.Join(c.dir, "log4j2.properties"), logging, 0o600); err != nil {
		return err
	}
	free, err := freePorts(brokers)
	if err != nil {
		return err
	}
	var voters []string
	for i, p := range free {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", i+1, p.Controller))
	}
	for i, p := range free {
		n := &node{ID: i + 1, Dir: filepath.Join(c.dir, fmt.Sprintf("node%d", i+1)), Voters: strings.Join(voters, ","), Ports: p,
			Keystore: keystore, User: user, Password: c.password}
		var text strings.Builder
		err := errors.Join(properties.Execute(&text, n), os.Mkdir(n.Dir, 0o700), os.WriteFile(n.config(), []byte(text.String()), 0o600))
		if err != nil {
			return fmt.Errorf("configure broker %d: %w", n.ID, err)
		}
		c.nodes = append(c.nodes, n)
	}
	return nil
}

// environment names the cluster as assay reads it: through TLS, logged in as superuser.
func (c *cluster) environment() []string {
	var secured, plain, pids []string
	for _, n := range c.nodes {
		secured = append(secured, fmt.Sprintf("127.0.0.1:%d", n.Ports.Secured))
		plain = append(plain, fmt.Sprintf("127.0.0.1:%d", n.Ports.Plain))
		pids = append(pids, strconv.Itoa(n.cmd.Process.Pid))
	}
	environment := []string{
		"KAFKA_BROKERS=" + strings.Join(secured, ","),
		"ASSAY_KAFKA_TLS_ENABLED=true", "ASSAY_KAFKA_TLS_CA_FILE=" + c.authority,
		"ASSAY_KAFKA_SASL_MECHANISM=PLAIN", "ASSAY_KAFKA_SASL_USERNAME=" + user, "ASSAY_KAFKA_SASL_PASSWORD=" + c.password,
		suite + "_PLAINTEXT=" + strings.Join(plain, ","), // the same brokers without TLS and login
	}
	if c.launcher.image == "" { // processes of this machine, in the order of the brokers, for tests that stop one
		environment = append(environment, suite+"_PIDS="+strings.Join(pids, ","))
	}
	return environment
}

func (c *cluster) awaitBrokers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		err := c.ready(ctx)
		if err == nil {
			return nil
		}
		for _, n := range c.nodes {
			select {
			case <-n.ended:
				return fmt.Errorf("broker %d of Kafka ended while it started:\n%s", n.ID, n.lastLines())
			default:
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the brokers of Kafka: not up in %v: %w; broker 1 says:\n%s", startLimit, err, c.nodes[0].lastLines())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// ready asks each broker whether it knows all of them.
func (c *cluster) ready(ctx context.Context) error {
	for _, n := range c.nodes {
		conn, err := kafka.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", n.Ports.Plain))
		if err != nil {
			return err
		}
		known, err := conn.Brokers()
		conn.Close()
		if err == nil && len(known) < brokers {
			err = fmt.Errorf("broker %d knows %d brokers", n.ID, len(known))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stop kills the brokers and removes what they wrote.
func (c *cluster) stop() {
	for _, n := range c.nodes {
		c.stopNode(n)
	}
	if err := os.RemoveAll(c.dir); err != nil {
		fmt.Fprintln(os.Stderr, "kafka: remove", c.dir, err)
	}
}
