package topology

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	serviceName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	topicName   = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`) // Kafka's own rule
)

func (t Topology) validate() error {
	return errors.Join(slices.Concat(t.topicProblems(), t.serviceProblems(), t.cycleProblems())...)
}

func (t Topology) topicProblems() (problems []error) {
	seen := map[string]string{} // Kafka's metrics can't tell "." from "_", so it refuses names that differ only there
	for _, topic := range t.Topics {
		bad := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("topic %q: "+format, append([]any{topic.Name}, args...)...))
		}
		if !topicName.MatchString(topic.Name) || topic.Name == "." || topic.Name == ".." {
			bad("a name has 1 to 249 letters, digits, '.', '_' or '-'")
		}
		normal := strings.ReplaceAll(topic.Name, ".", "_")
		if other, ok := seen[normal]; ok {
			bad("collides with topic %q", other)
		}
		seen[normal] = topic.Name
		if topic.Record == nil {
			bad("has no record")
		} else if topic.Record.Topic != topic.Name {
			bad("its record %s belongs to topic %q", topic.Record.Name, topic.Record.Topic)
		}
		if topic.Partitions < 1 {
			bad("needs at least one partition, has %d", topic.Partitions)
		}
		if !topic.Compact && topic.Retention <= 0 {
			bad("needs a retention")
		}
	}
	return problems
}

func (t Topology) serviceProblems() (problems []error) {
	seen := map[string]bool{}
	for _, s := range t.Services {
		bad := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("service %q: "+format, append([]any{s.Name}, args...)...))
		}
		if !serviceName.MatchString(s.Name) {
			bad("a name is lower-case words joined by '-'")
		}
		if seen[s.Name] {
			bad("is declared twice")
		}
		seen[s.Name] = true
		if len(s.Inputs) == 0 {
			bad("reads no topic")
		}
		switch s.Shape {
		case Map:
		case Fold:
			if len(s.Inputs) > 1 {
				bad("a fold reads exactly one topic, because its state is partitioned like it; it reads %s", strings.Join(s.Inputs, ", "))
			}
		case Drain:
			if slices.ContainsFunc(s.Outputs, func(o string) bool { return o != DeadLetters }) {
				bad("a drain writes no topic; it writes %s", strings.Join(s.Outputs, ", "))
			}
		default:
			bad("shape %q is none of map, fold, drain", s.Shape)
		}
		for _, edges := range []struct {
			verb  string
			names []string
		}{{"reads", s.Inputs}, {"writes", s.Outputs}} {
			for i, name := range edges.names {
				if _, ok := t.Topic(name); !ok {
					bad("%s unknown topic %q: add it to topology/topics.go", edges.verb, name)
				}
				if slices.Contains(edges.names[:i], name) {
					bad("%s topic %q twice", edges.verb, name)
				}
			}
		}
	}
	return problems
}

// cycleProblems reports every service that can be reached from its own output. Dead letters don't count: their only
// way back is a person's `assay dlq replay`.
func (t Topology) cycleProblems() (problems []error) {
	readers := map[string][]Service{}
	for _, s := range t.Services {
		for _, in := range s.Inputs {
			readers[in] = append(readers[in], s)
		}
	}
	reported := map[string]bool{}
	var walk func(s Service, path []string)
	walk = func(s Service, path []string) {
		if i := slices.Index(path, s.Name); i >= 0 {
			cycle := path[i:]
			for _, name := range cycle {
				if reported[name] {
					return
				}
			}
			for _, name := range cycle {
				reported[name] = true
			}
			problems = append(problems, fmt.Errorf("services form a cycle: %s -> %s", strings.Join(cycle, " -> "), s.Name))
			return
		}
		path = append(slices.Clone(path), s.Name)
		for _, out := range s.Outputs {
			if out == DeadLetters {
				continue
			}
			for _, next := range readers[out] {
				walk(next, path)
			}
		}
	}
	for _, s := range t.Services {
		walk(s, nil)
	}
	return problems
}
