package topology

import (
	"fmt"
	"strings"
)

// Mermaid draws the topology for Markdown: topics round, services square, and dotted what every service has without
// asking for it, its dead letters and its state.
func (t Topology) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, topic := range t.drawn() {
		fmt.Fprintf(&b, "  %s([%s])\n", node("t", topic.Name), topic.Name)
	}
	for _, s := range t.Services {
		fmt.Fprintf(&b, "  %s[%s]\n", node("s", s.Name), s.Name)
	}
	t.edges(func(from, to string, implied bool) {
		arrow := "-->"
		if implied {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", from, arrow, to)
	})
	return b.String()
}

// DOT draws the same for Graphviz.
func (t Topology) DOT() string {
	var b strings.Builder
	b.WriteString("digraph assay {\n  rankdir=LR\n")
	for _, topic := range t.drawn() {
		fmt.Fprintf(&b, "  %s [label=%q shape=oval]\n", node("t", topic.Name), topic.Name)
	}
	for _, s := range t.Services {
		fmt.Fprintf(&b, "  %s [label=%q shape=box]\n", node("s", s.Name), s.Name)
	}
	t.edges(func(from, to string, implied bool) {
		style := ""
		if implied {
			style = " [style=dotted]"
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", from, to, style)
	})
	b.WriteString("}\n")
	return b.String()
}

// drawn are the topics that some service reads or writes.
func (t Topology) drawn() (topics []Topic) {
	used := map[string]bool{}
	t.edges(func(from, to string, _ bool) { used[from], used[to] = true, true })
	for _, topic := range t.Topics {
		if used[node("t", topic.Name)] {
			topics = append(topics, topic)
		}
	}
	return topics
}

func (t Topology) edges(draw func(from, to string, implied bool)) {
	for _, s := range t.Services {
		for _, in := range s.Inputs {
			draw(node("t", in), node("s", s.Name), false)
		}
		for _, out := range s.Outputs {
			draw(node("s", s.Name), node("t", out), out == DeadLetters)
		}
		if state := s.StateTopic(); state != "" {
			draw(node("s", s.Name), node("t", state), true)
		}
	}
}

// node makes an identifier of a name: kind keeps a service apart from a topic that is called the same.
func node(kind, name string) string {
	return kind + "_" + strings.NewReplacer(".", "_", "-", "_").Replace(name)
}
