// Package otlp takes OpenTelemetry logs and metrics apart (OTLP 1.x over HTTP as protobuf or JSON, and decoded requests of
// gRPC), finds the client that a record is from, and has that client's table say what happened.
//
// It is pure. Clients' names stand in their own packages; here is what all of them have in common: types that differ between
// exporters, times in several places, identity on the record or on the resource, ids of records that have none.
package otlp

import (
	"slices"
	"strings"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/intake"
)

// Paths of OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Request"). Exporters of traces often can't be switched
// off alone: theirs are taken and ignored.
const (
	logsPath    = "/v1/logs"
	metricsPath = "/v1/metrics"
	tracesPath  = "/v1/traces"
)

// Client is the table of one client: its names on the left, what they mean on the right. The lists of attributes go by
// preference; a fact is looked up on the record, then on the resource, where collectors may move it.
type Client struct {
	Source   string   // its name in events
	Prefix   string   // of its names of events and metrics; trimmed from them
	Services []string // values of service.name
	Scopes   []string // names of instrumentation scopes

	// Typed says that numbers and booleans always come as such: text in their place is refused. Other clients' come as
	// text, too.
	Typed bool

	User    []string // attributes that identify the person
	Team    []string
	Session []string // attributes that identify the session, and the conversation where there is nothing finer
	Prompt  []string // attributes that identify a prompt and all it caused
	Version []string
	Model   []string
	Content []string // attributes with text and code: sealed, and no part of ids

	Events  map[string]func(*Record) // by name without prefix
	Metrics map[string][]string      // by name without prefix: the attributes that break it down
}

// Mapping implements intake.Mapping for any number of clients.
type Mapping struct{ clients []client }

// client is a Client with what is looked up often.
type client struct {
	*Client
	private map[string]bool // attributes that identify people or hold content
}

var _ intake.Mapping = (*Mapping)(nil)

// New returns the mapping of the clients; the first that a record fits gets it.
func New(clients ...*Client) *Mapping {
	m := &Mapping{}
	for _, c := range clients {
		private := map[string]bool{}
		for _, key := range slices.Concat(c.User, c.Team, c.Content) {
			private[key] = true
		}
		m.clients = append(m.clients, client{c, private})
	}
	return m
}

// Routes implements intake.Mapping.
func (m *Mapping) Routes() []intake.Route {
	return []intake.Route{{Method: "POST", Path: logsPath}, {Method: "POST", Path: metricsPath}, {Method: "POST", Path: tracesPath}}
}

// Map implements intake.Mapping.
func (m *Mapping) Map(r intake.Request) (intake.Result, error) {
	form, err := formOf(r.Header)
	if err != nil {
		return intake.Result{}, err
	}
	if r.Path == tracesPath {
		return intake.Result{Ignored: 1, Answer: form.answer(nil)}, nil
	}
	var result intake.Result
	switch r.Path {
	case logsPath:
		var request collogs.ExportLogsServiceRequest
		if err := form.decode(r.Body, &request); err != nil {
			return intake.Result{}, err
		}
		if result, err = m.Logs(&request, r.Received); err != nil {
			return intake.Result{}, err
		}
		result.Answer = form.answer(logsReply)
	case metricsPath:
		var request colmetrics.ExportMetricsServiceRequest
		if err := form.decode(r.Body, &request); err != nil {
			return intake.Result{}, err
		}
		if result, err = m.Metrics(&request, r.Received); err != nil {
			return intake.Result{}, err
		}
		result.Answer = form.answer(metricsReply)
	default:
		return intake.Result{}, intake.Refuse(404, "OTLP is taken at %s and %s", logsPath, metricsPath)
	}
	return result, nil
}

// maxResource bounds a resource's attributes in bytes: they go into every dead letter of its records.
const maxResource = 64 << 10

// origin is where records come from: one resource and scope.
type origin struct {
	resource *resource.Resource
	digest   []byte // of the resource, without what is private
	service  string
}

func (m *Mapping) originOf(res *resource.Resource, ids *identifier) (origin, error) {
	if proto.Size(res) > maxResource {
		return origin{}, intake.Refuse(413, "a resource's attributes have more than %d bytes", maxResource)
	}
	o := origin{resource: res, service: textOf(find(res.GetAttributes(), "service.name"))}
	o.digest = ids.resource(res.GetAttributes(), m.isPrivate)
	return o, nil
}

// isPrivate says so for any client, since which one it is shows later.
func (m *Mapping) isPrivate(key string) bool {
	return slices.ContainsFunc(m.clients, func(c client) bool { return c.private[key] })
}

// clientOf finds the client of a scope, or else of a name: proxies rename services, and exporters leave scopes out.
func (m *Mapping) clientOf(o origin, scope *common.InstrumentationScope, name string) *client {
	for i := range m.clients {
		c := &m.clients[i]
		if slices.Contains(c.Scopes, scope.GetName()) || slices.Contains(c.Services, o.service) {
			return c
		}
	}
	for i := range m.clients {
		if strings.HasPrefix(name, m.clients[i].Prefix) {
			return &m.clients[i]
		}
	}
	return nil
}

// nanos is a time of OTLP: nanoseconds since 1970, of which 0 means unknown.
func nanos(n uint64) time.Time { return time.Unix(int64(n/1e9), int64(n%1e9)).UTC() }
