package otlp

import (
	"fmt"
	"mime"
	"net/http"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/intake"
)

// form is one of the two encodings of OTLP over HTTP.
type form string

const (
	asJSON     form = "application/json"
	asProtobuf form = "application/x-protobuf"
)

func formOf(h http.Header) (form, error) {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err == nil && (form(kind) == asJSON || form(kind) == asProtobuf) {
		return form(kind), nil
	}
	return "", intake.Refuse(415, "the Content-Type must be %s or %s", asJSON, asProtobuf)
}

// decode reads a request. Protobuf's JSON takes numbers as text and as numbers, null for absent, and empty values; ids in
// hex, which OTLP wants and protobuf takes for base64, come out wrong, but nobody reads them here.
func (f form) decode(body []byte, into proto.Message) error {
	var err error
	if f == asJSON {
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, into)
	} else {
		err = proto.Unmarshal(body, into)
	}
	if err != nil { // which quotes content
		return intake.Refuse(400, "the body is no %s in OTLP's %s form", into.ProtoReflect().Descriptor().Name(), f)
	}
	return nil
}

func (f form) encode(m proto.Message) []byte {
	var body []byte
	var err error
	if f == asJSON {
		body, err = protojson.Marshal(m)
	} else {
		body, err = proto.Marshal(m)
	}
	if err != nil {
		panic(fmt.Sprintf("otlp: encode %T: %v", m, err)) // only invalid UTF-8 can't be, and decoding refused it
	}
	return body
}

// answer words the answer: 200 with the count of what was not taken as an event (OTLP's partial success).
func (f form) answer(reply func(intake.Outcome) proto.Message) func(intake.Outcome) intake.Answer {
	return func(o intake.Outcome) intake.Answer {
		a := intake.Answer{Status: http.StatusOK, Type: string(f)}
		switch {
		case reply != nil:
			a.Body = f.encode(reply(o))
		case f == asJSON:
			a.Body = []byte("{}")
		}
		return a
	}
}

func logsReply(o intake.Outcome) proto.Message { return LogsReply(o) }

// LogsReply is the response to logs.
func LogsReply(o intake.Outcome) *collogs.ExportLogsServiceResponse {
	reply := &collogs.ExportLogsServiceResponse{}
	if n := len(o.Rejected); n > 0 {
		reply.PartialSuccess = &collogs.ExportLogsPartialSuccess{RejectedLogRecords: int64(n), ErrorMessage: firstOf(o)}
	}
	return reply
}

func metricsReply(o intake.Outcome) proto.Message { return MetricsReply(o) }

// MetricsReply is the response to metrics.
func MetricsReply(o intake.Outcome) *colmetrics.ExportMetricsServiceResponse {
	reply := &colmetrics.ExportMetricsServiceResponse{}
	if n := len(o.Rejected); n > 0 {
		reply.PartialSuccess = &colmetrics.ExportMetricsPartialSuccess{RejectedDataPoints: int64(n), ErrorMessage: firstOf(o)}
	}
	return reply
}

func firstOf(o intake.Outcome) string {
	return fmt.Sprintf("the first, number %d: %s", o.Rejected[0].Index, o.Rejected[0].Reason)
}
