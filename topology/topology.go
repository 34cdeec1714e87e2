// Package topology is the map of Assay: which topics exist, which services read and write them, and what follows from
// that (state topics, dead letters, access rules, diagram, plan against a cluster, lag). It also opens connections to a
// cluster. It must not know what any service computes: services describe themselves as values and are handed in.
package topology

import (
	"slices"
	"time"

	"github.com/assayhq/assay/schemas"
)

// DeadLetters is the topic that receives, from every service, what could not be processed.
const DeadLetters = "assay.dead-letters"

// Topic is one ordering domain: one record type, one key, one retention.
type Topic struct {
	Name       string
	Record     *schemas.Record // nil for the private changelog of a Fold
	Partitions int
	Retention  time.Duration // from arrival in the log; zero for compacted topics, which keep the last value of a key
	Compact    bool
	Doc        string
}

// Shape says how a service turns its input into its output.
type Shape string

// The shapes of consumer: stateless, keyed state, and writing batches elsewhere.
const (
	Map   Shape = "map"
	Fold  Shape = "fold"
	Drain Shape = "drain"
)

// Service is one consumer: a node of the graph whose edges are its topics.
type Service struct {
	Name            string
	Shape           Shape
	Inputs, Outputs []string
	Opens           bool // may open sealed payloads
	Doc             string
}

// Group is the consumer group in which every process of the service takes part.
func (s Service) Group() string { return "assay-" + s.Name }

// StateTopic is the changelog of a Fold's state, empty for the other shapes.
func (s Service) StateTopic() string {
	if s.Shape != Fold {
		return ""
	}
	return "assay." + s.Name + ".state"
}

// Topology is a checked set of topics and services; build it with New.
type Topology struct {
	Topics   []Topic
	Services []Service
}

// Topic returns the topic of that name.
func (t Topology) Topic(name string) (Topic, bool) {
	i := slices.IndexFunc(t.Topics, func(topic Topic) bool { return topic.Name == name })
	if i < 0 {
		return Topic{}, false
	}
	return t.Topics[i], true
}

// Service returns the service of that name.
func (t Topology) Service(name string) (Service, bool) {
	i := slices.IndexFunc(t.Services, func(s Service) bool { return s.Name == name })
	if i < 0 {
		return Service{}, false
	}
	return t.Services[i], true
}

// New joins the services to Topics: it adds the state topic of every Fold and the dead letters to every service's
// outputs. The error lists every problem found, not only the first.
func New(services ...Service) (Topology, error) {
	t := Topology{Topics: Topics(), Services: slices.Clone(services)}
	if err := t.validate(); err != nil {
		return Topology{}, err
	}
	for i, s := range t.Services {
		if !slices.Contains(s.Outputs, DeadLetters) {
			t.Services[i].Outputs = append(slices.Clone(s.Outputs), DeadLetters)
		}
		if s.Shape != Fold {
			continue
		}
		input, _ := t.Topic(s.Inputs[0])
		t.Topics = append(t.Topics, Topic{
			Name:       s.StateTopic(),
			Partitions: input.Partitions, // co-partitioned: a key's state lies beside the key's events
			Compact:    true,
			Doc:        "Changelog of the state of " + s.Name + ".",
		})
	}
	return t, nil
}
