package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/assayhq/assay/producers/collector/intake"
)

// exports are the services of OTLP over gRPC, and the HTTP paths of the same requests. A message is the body of that request,
// byte for byte, so that there is one way through mappings.
var exports = map[string]string{
	"opentelemetry.proto.collector.logs.v1.LogsService":       "/v1/logs",
	"opentelemetry.proto.collector.metrics.v1.MetricsService": "/v1/metrics",
	"opentelemetry.proto.collector.trace.v1.TraceService":     "/v1/traces",
}

// message is a request or a response as it is on the wire.
type message []byte

// wireCodec leaves messages as they are.
type wireCodec struct{}

func (wireCodec) Marshal(v any) ([]byte, error) {
	m, ok := v.(*message)
	if !ok {
		return nil, fmt.Errorf("%T is no message", v)
	}
	return *m, nil
}

func (wireCodec) Unmarshal(data []byte, v any) error {
	m, ok := v.(*message)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	*m = append((*m)[:0], data...) // grpc uses data again
	return nil
}

func (wireCodec) Name() string { return "proto" }

func (c *Collector) grpcServer() *grpc.Server {
	s := grpc.NewServer(grpc.ForceServerCodec(wireCodec{}), grpc.MaxRecvMsgSize(maxBody), grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(10*time.Second), grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}))
	for service, path := range exports {
		s.RegisterService(&grpc.ServiceDesc{ServiceName: service, HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
			MethodName: "Export",
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				return c.export(ctx, path, decode)
			},
		}}}, c)
	}
	return s
}

func (c *Collector) export(ctx context.Context, path string, decode func(any) error) (any, error) {
	started := time.Now()
	answer, err := c.takeExport(ctx, path, decode)
	c.metrics.requested("gRPC "+path, answer.Status, time.Since(started))
	if err != nil {
		answered := rpcError(err)
		if status.Code(answered) == codes.Internal {
			c.log.Error("a request failed", "path", path, "error", err)
		}
		return nil, answered
	}
	reply := message(answer.Body)
	return &reply, nil
}

func (c *Collector) takeExport(ctx context.Context, path string, decode func(any) error) (intake.Answer, error) {
	from, err := c.identify(grpcProof(ctx))
	if err != nil {
		return intake.Answer{Status: http.StatusUnauthorized}, err
	}
	if err := c.limits.check(from.id, c.now()); err != nil {
		return intake.Answer{Status: http.StatusTooManyRequests}, err
	}
	var body message
	if err := decode(&body); err != nil {
		return intake.Answer{Status: http.StatusBadRequest}, err
	}
	if !c.memory.TryAcquire(int64(len(body))) {
		return intake.Answer{Status: http.StatusServiceUnavailable}, errBusy
	}
	defer c.memory.Release(int64(len(body)))
	answer, err := c.handle(ctx, from, http.MethodPost+" "+path, intake.Request{
		Method: http.MethodPost, Path: path, Header: http.Header{"Content-Type": {"application/x-protobuf"}}, Body: body,
	})
	if err != nil {
		answer.Status = statusOf(err)
	}
	return answer, err
}

func grpcProof(ctx context.Context) proof {
	p := proof{}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, value := range md.Get("authorization") {
		if scheme, text, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "bearer") {
			p.token = strings.TrimSpace(text)
		}
	}
	if from, ok := peer.FromContext(ctx); ok {
		p.local = isLoopback(from.Addr.String()) // no browser speaks gRPC
	}
	return p
}

// rpcError words an error as the OTLP specification asks for: what may be repeated is Unavailable, with the pause.
// https://opentelemetry.io/docs/specs/otlp/#failures
func rpcError(err error) error {
	var refusal *intake.Refusal
	var later *laterError
	switch {
	case errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized:
		return status.Error(codes.Unauthenticated, refusal.Reason)
	case errors.As(err, &refusal) && refusal.Status == http.StatusNotFound:
		return status.Error(codes.Unimplemented, refusal.Reason)
	case errors.As(err, &refusal):
		return status.Error(codes.InvalidArgument, refusal.Reason)
	case errors.As(err, &later):
		s, detailed := status.New(codes.Unavailable, later.reason).WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(later.after)})
		if detailed != nil {
			return status.Error(codes.Unavailable, later.reason)
		}
		return s.Err()
	}
	if s, ok := status.FromError(err); ok { // the message itself could not be read
		return s.Err()
	}
	return status.Error(codes.Internal, "the collector failed: see its log")
}
