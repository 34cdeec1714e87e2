// Command subscriber shows how an ML pipeline follows retraining triggers in Go: it reads models.retrain in a consumer group, acts on
// every trigger once, and commits afterwards. It is an example and must not be imported.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
)

func main() {
	brokers := flag.String("brokers", "localhost:9092", "Kafka brokers, separated by commas")
	registry := flag.String("registry", "http://localhost:8081", "schema registry")
	group := flag.String("group", "retraining", "consumer group")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := follow(ctx, strings.Split(*brokers, ","), *registry, *group, func(_ context.Context, t *schemas.RetrainTrigger) error {
		fmt.Printf("%s %s: %s retraining, %.1f %% of %.0f failed, %.1f %% are allowed (episode %s)\n",
			t.Kind, t.Domain, t.Action, 100*t.Rate, t.Events, 100*t.SLO, t.EpisodeID)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

// follow calls act with every trigger, and again after a failure or a crash of this program, until ctx ends or act fails.
// A real pipeline keeps the ids that it acted on where it keeps its jobs: then a trigger starts one job, however often it comes.
func follow(ctx context.Context, brokers []string, registry, group string, act func(context.Context, *schemas.RetrainTrigger) error) error {
	client, err := schemas.RegistryOptions{URL: registry}.Client()
	if err != nil {
		return err
	}
	decoder := schemas.NewDecoder(client)
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: brokers, GroupID: group, Topic: schemas.RetrainTriggerRecord.Topic, StartOffset: kafka.FirstOffset, MaxWait: time.Second,
	})
	defer reader.Close()
	acted := map[string]bool{}
	for {
		m, err := reader.FetchMessage(ctx)
		if err != nil {
			return fmt.Errorf("read triggers: %w", err)
		}
		e, err := decoder.Decode(ctx, schemas.RetrainTriggerRecord, m.Value)
		if err != nil {
			return fmt.Errorf("decode offset %d: %w", m.Offset, err)
		}
		if trigger := e.(*schemas.RetrainTrigger); !acted[trigger.EventID] {
			if err := act(ctx, trigger); err != nil {
				return fmt.Errorf("act on trigger %s: %w", trigger.EventID, err)
			}
			acted[trigger.EventID] = true
		}
		if err := reader.CommitMessages(ctx, m); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
}
