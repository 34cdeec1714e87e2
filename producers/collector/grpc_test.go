package collector

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

func TestGRPC(t *testing.T) {
	var bodies [][]byte
	r := startRig(t, settings{perSecond: 0.2, mappings: []intake.Mapping{stub{"/v1/logs", func(r intake.Request) (intake.Result, error) {
		bodies = append(bodies, bytes.Clone(r.Body))
		var request collogs.ExportLogsServiceRequest
		if err := proto.Unmarshal(r.Body, &request); err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" {
			return intake.Result{}, intake.Refuse(400, "not a request of logs")
		}
		if len(request.ResourceLogs) > 1 {
			return intake.Result{}, intake.Refuse(400, "two resources")
		}
		e := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: request.ResourceLogs[0].SchemaUrl, OccurredAt: time.Now()}, Kind: schemas.CodeSuggestionShown, FileID: "f"}
		return intake.Result{Drafts: []intake.Draft{{Event: e}}, Answer: func(o intake.Outcome) intake.Answer {
			reply, err := proto.Marshal(&collogs.ExportLogsServiceResponse{PartialSuccess: &collogs.ExportLogsPartialSuccess{RejectedLogRecords: int64(len(o.Accepted))}})
			if err != nil {
				t.Error(err)
			}
			return intake.Answer{Status: http.StatusOK, Type: "application/x-protobuf", Body: reply}
		}}, nil
	}}}})
	connection, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	r.must(err)
	defer connection.Close()
	client := collogs.NewLogsServiceClient(connection)
	request := func(ids ...string) *collogs.ExportLogsServiceRequest {
		q := &collogs.ExportLogsServiceRequest{}
		for _, id := range ids {
			q.ResourceLogs = append(q.ResourceLogs, &logs.ResourceLogs{SchemaUrl: id})
		}
		return q
	}
	as := func(token string) []string { return []string{"authorization", "Bearer " + token} }
	good := as(r.token("acme", "claude-code"))

	for _, options := range [][]grpc.CallOption{nil, {grpc.UseCompressor(gzip.Name)}} {
		id := strings.Repeat("e", 3+len(options))
		reply, err := client.Export(metadata.AppendToOutgoingContext(t.Context(), good...), request(id), options...)
		if err != nil || reply.GetPartialSuccess().GetRejectedLogRecords() != 1 {
			t.Fatalf("%v, %v", reply, err)
		}
		if e := r.find("assistant.code", schemas.DerivedID("acme", id)); e.Env().Org != "acme" || e.Env().Source != "claude-code" {
			t.Errorf("%+v", e.Env())
		}
	}
	other := as(r.token("acme", "other"))
	for name, test := range map[string]struct {
		as   []string
		what *collogs.ExportLogsServiceRequest
		code codes.Code
	}{
		"no token":      {nil, request("x"), codes.Unauthenticated},
		"a wrong token": {as("assay_a_b"), request("x"), codes.Unauthenticated},
		"refused":       {other, request("x", "y"), codes.InvalidArgument},
		"too large":     {other, request(strings.Repeat("x", maxBody)), codes.ResourceExhausted},
		"too many":      {good, request("x"), codes.Unavailable},
	} {
		_, err := client.Export(metadata.AppendToOutgoingContext(t.Context(), test.as...), test.what)
		if status.Code(err) != test.code {
			t.Errorf("%s: %v, want %v", name, err, test.code)
		}
		if test.code == codes.Unavailable {
			details := status.Convert(err).Details()
			if len(details) != 1 || details[0].(*errdetails.RetryInfo).RetryDelay.AsDuration() <= 0 {
				t.Errorf("%s: details %v", name, details)
			}
		}
	}
	if err := connection.Invoke(metadata.AppendToOutgoingContext(t.Context(), other...), "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
		request("x"), &collogs.ExportLogsServiceResponse{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a protocol that no mapping takes: %v", err)
	}
	if len(bodies) < 3 {
		t.Errorf("%d requests came through", len(bodies))
	}
}
