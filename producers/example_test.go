package producers_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// An editor's plugin publishes what a person saw and did. The example's broker and registry run inside of it.
func ExamplePublisher() {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "assistant.code"))
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	fake := srfake.New()
	defer fake.Close()

	registry, err := schemas.RegistryOptions{URL: fake.URL()}.Client()
	if err != nil {
		log.Fatal(err)
	}
	p, err := producers.New(producers.Config{
		Client: &kafka.Client{Addr: kafka.TCP(cluster.ListenAddrs()...)}, Registry: registry,
		Logger: slog.Default(), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		log.Fatal(err)
	}
	event := &schemas.CodeEvent{
		Envelope: schemas.Envelope{OccurredAt: time.Now(), Source: "my-plugin", Org: "acme", Environment: schemas.EnvironmentProduction},
		Kind:     schemas.CodeSuggestionAccepted, FileID: "7f3c2a10", SuggestionID: "s-1", DecidedBy: schemas.DecidedByHuman, Language: "go",
	}

	// The deadline bounds how long a person waits for brokers that are away. When it passes, the event may or may not have
	// been written: publish the same event again, under its id it counts once.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.PublishSync(ctx, event); err != nil {
		log.Fatal(err)
	}
	fmt.Println("acknowledged, with an id:", event.EventID != "")

	// Close flushes; its error tells what could not be written.
	if err := p.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: acknowledged, with an id: true
}

// A laptop without Kafka: events wait on its disk, and this or the next run of the program delivers them, in order.
func ExamplePublisher_OpenSpool() {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "assistant.code"))
	if err != nil {
		log.Fatal(err)
	}
	fake := srfake.New()
	defer fake.Close()
	registry, err := schemas.RegistryOptions{URL: fake.URL()}.Client()
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "assay")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p, err := producers.New(producers.Config{
		Client: &kafka.Client{Addr: kafka.TCP(cluster.ListenAddrs()...)}, Registry: registry,
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		log.Fatal(err)
	}
	spooled, err := p.OpenSpool(producers.SpoolConfig{Dir: dir, MaxBytes: 256 << 20})
	if err != nil {
		log.Fatal(err) // spool.ErrInUse: each process needs a folder of its own
	}

	cluster.Close() // the lid is closed, the train leaves
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err = spooled.PublishSync(ctx, &schemas.CodeEvent{
		Envelope: schemas.Envelope{OccurredAt: time.Now(), Source: "my-plugin", Org: "acme", Environment: schemas.EnvironmentProduction},
		Kind:     schemas.CodeSuggestionAccepted, FileID: "7f3c2a10", SuggestionID: "s-1", DecidedBy: schemas.DecidedByHuman, Language: "go",
	})
	switch {
	case errors.Is(err, spool.ErrFull):
		log.Fatal("256 MB of events wait already: keep this one, or do without it")
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println("on the disk:", spooled.Pending() > 0)

	// A program that runs shortly gives what is on the disk the time to leave. What can't leave now stays for the next run.
	leaving, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	fmt.Println("left:", spooled.Flush(leaving) == nil)
	if err := errors.Join(spooled.Close(), p.Close(ctx)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// on the disk: true
	// left: false
}

// Code, prompts and messages are sealed for their event, and people, repositories and paths replaced by tokens, before anything
// leaves the process.
func Example_sealing() {
	dir, err := os.MkdirTemp("", "assay")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	keys, err := privacy.OpenKeyring(filepath.Join(dir, "keyring.json"))
	if err != nil {
		log.Fatal(err)
	}

	event := &schemas.CodeEvent{
		Envelope: schemas.Envelope{EventID: "3f1c", OccurredAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Source: "my-plugin", Org: "acme"},
		Kind:     schemas.CodeSuggestionShown, FileID: "7f3c2a10", UserToken: keys.Token("acme", "user", "zoe"), PathToken: keys.Token("acme", "path", "src/ledger.go"),
	}
	payload := schemas.Payload{Code: "total += price", Path: "src/ledger.go"}
	event.Sealed, event.SealKeyID, err = keys.Seal(event.Org, event.OccurredAt, payload.Marshal(), []byte(event.EventID))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("key", event.SealKeyID)

	plain, err := keys.Open(event.Org, event.SealKeyID, event.Sealed, []byte(event.EventID))
	if err != nil {
		log.Fatal(err)
	}
	opened, err := schemas.ParsePayload(plain)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(opened.Code)
	// Output:
	// key acme/2026-03-02/1
	// total += price
}

// A client with more sessions than it cares to send keeps some of them, whole.
func ExampleSampler_Keep() {
	sampler, err := producers.NewSampler(0.25)
	if err != nil {
		log.Fatal(err)
	}
	for session := range 6 {
		event := &schemas.ChatEvent{Envelope: schemas.Envelope{Org: "acme"}, Kind: schemas.ChatPromptSent, SessionID: fmt.Sprint("session-", session)}
		if sampler.Keep(event) {
			fmt.Println(event.SessionID, "stands for", event.SampleWeight.Or(1))
		}
	}
	// Output: session-1 stands for 4
}
