package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	logs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	measures "go.opentelemetry.io/proto/otlp/collector/metrics/v1"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/schemas"
)

// garden sends requests with canaries in them.
type garden struct {
	t       *testing.T
	up      *serving
	tokens  map[string]string // by client, whose organisation has its name
	secret  string            // of webhooks
	planted []string          // by the canary's number: where it was planted
	rpc     *grpc.ClientConn

	sending        errgroup.Group
	taken, refused atomic.Int64
}

func newGarden(t *testing.T, up *serving, secret string) *garden {
	t.Helper()
	connection, err := grpc.NewClient(up.CollectorGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(fileCodec{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	g := &garden{t: t, up: up, secret: secret, tokens: map[string]string{}, rpc: connection}
	g.sending.SetLimit(8)
	return g
}

// Canaries are of so many kinds of confidential text; one of them is a person's name.
const (
	canaryKinds = 7
	person      = 3
)

// numberLetters write a canary's number, after "kanari": names of people have no digits.
const numberLetters = 4

// canary is a text that must be found nowhere, of one of the kinds. Its number says where it was planted.
func (g *garden) canary(kind int, where string) string {
	name, n := make([]byte, 0, numberLetters), len(g.planted)
	for at := n; len(name) < numberLetters; at /= 26 {
		name = append(name, byte('a'+at%26))
	}
	g.planted = append(g.planted, where)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	r, key := rand.New(rand.NewPCG(11, uint64(n))), "AKIA"+strings.ToUpper("kanari"+string(name))
	for range 6 {
		key += string(alphabet[r.IntN(len(alphabet))])
	}
	one := []string{
		fmt.Sprintf("zoe@kanari%s.example", name), fmt.Sprintf("/home/kanari%s/src/ledger.go", name), fmt.Sprintf("src/kanari%s/ledger.go", name),
		fmt.Sprintf("Zoe Kanari%s", name), fmt.Sprintf("kanari%sTotal += price(7);", name), key,
	}
	if kind %= canaryKinds; kind < len(one) {
		return one[kind]
	}
	return strings.Join(one, " ")
}

var (
	protocol = regexp.MustCompile(`^[A-Za-z0-9_.:+-]{0,64}$`)                               // words, numbers, times and ids
	personal = regexp.MustCompile(`^(user|author|reviewer|owner|approver|login|username)$`) // names of people are words, too
)

// sow sends the request with canaries in all strings that aren't words of the protocol, and twice again with canaries also in half
// of the words: a request without any would mean nothing.
func (g *garden) sow(client, path string, headers map[string]string, text []byte) {
	g.t.Helper()
	const parts = 2
	for part := -1; part < parts; part++ {
		var body any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&body); err != nil {
			return // lines, or malformed
		}
		for i, l := range leaves(body, "", func(any) {}) {
			where := client + path + " " + l.key + " in place of " + l.text
			switch word := protocol.MatchString(l.text); {
			case personal.MatchString(l.key):
				l.set(strings.ReplaceAll(g.canary(person, where), " ", "-"))
			case !word && part%2 == 0:
				l.set(l.text + " " + g.canary(i+part, where))
			case !word || i%parts == part:
				l.set(g.canary(i+part+1, where))
			}
		}
		g.post(client, path, headers, body, part < 0)
	}
}

// sowOwn sends Assay's own JSON with every kind of canary in every field, each alone in an event, and one event with them
// in all fields.
func (g *garden) sowOwn(record *schemas.Record) {
	g.t.Helper()
	var all []any
	fields := len(leaves(everyField(record, ""), "", func(any) {}))
	for kind := range canaryKinds {
		for at := range fields + 1 {
			e := everyField(record, fmt.Sprintf("%s %d %d", record.Name, kind, at))
			for i, l := range leaves(e, "", func(any) {}) {
				if (i == at || at == fields) && l.key != "record" && l.key != "occurred_at" && l.key != "kind" {
					l.set(g.canary(kind, record.Name+"."+l.key))
				}
			}
			e["attributes"].(map[string]any)[g.canary(kind, record.Name+"'s name of an attribute")] = "x"
			all = append(all, e)
		}
	}
	g.post("own", events.Path, nil, all, false)
}

func (g *garden) wait() (taken, refused int64) {
	g.t.Helper()
	if err := g.sending.Wait(); err != nil {
		g.t.Fatal(err)
	}
	return g.taken.Load(), g.refused.Load()
}

// post sends a body as it is now, and if it is OTLP over gRPC, too, where that is asked for.
func (g *garden) post(client, path string, headers map[string]string, body any, alsoRPC bool) {
	g.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		g.t.Fatal(err)
	}
	g.sending.Go(func() error {
		if err := g.overHTTP(client, path, headers, text); err != nil {
			return err
		}
		switch {
		case !alsoRPC:
		case path == "/v1/logs":
			return g.overGRPC(client, "/opentelemetry.proto.collector.logs.v1.LogsService/Export", new(logs.ExportLogsServiceRequest), text)
		case path == "/v1/metrics":
			return g.overGRPC(client, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", new(measures.ExportMetricsServiceRequest), text)
		}
		return nil
	})
}

func (g *garden) overHTTP(client, path string, headers map[string]string, body []byte) error {
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, "http://"+g.up.Collector+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range headers {
		if uuid.Validate(value) == nil { // of the delivery: this is another one
			value = uuid.NewString()
		}
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/json")
	mac := hmac.New(sha256.New, []byte(g.secret))
	mac.Write(body)
	signature := hex.EncodeToString(mac.Sum(nil))
	switch client {
	case "github":
		request.Header.Set("X-Hub-Signature-256", "sha256="+signature)
	case "pagerduty":
		request.Header.Set("X-PagerDuty-Signature", "v1="+signature)
	case "gitlab":
		request.Header.Set("X-Gitlab-Token", g.secret)
	default:
		request.Header.Set("Authorization", "Bearer "+g.tokens[client])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	switch response.StatusCode / 100 {
	case 2:
		g.taken.Add(1)
		return nil
	case 4:
		g.refused.Add(1)
		if leaks(answer) >= 0 {
			return fmt.Errorf("%s: the refusal quotes the request: %.300q", path, answer)
		}
		return nil
	}
	return fmt.Errorf("%s: status %d", path, response.StatusCode)
}

func (g *garden) overGRPC(client, method string, message proto.Message, body []byte) error {
	if protojson.Unmarshal(body, message) != nil { // e.g. a canary in place of a number
		return nil
	}
	raw, err := proto.Marshal(message)
	if err != nil {
		return err
	}
	var reply []byte
	ctx := metadata.AppendToOutgoingContext(g.t.Context(), "authorization", "Bearer "+g.tokens[client])
	if err := g.rpc.Invoke(ctx, method, &raw, &reply); err == nil {
		g.taken.Add(1)
	} else if g.refused.Add(1); leaks([]byte(err.Error())) >= 0 {
		return fmt.Errorf("%s: the refusal quotes the request: %w", method, err)
	}
	return nil
}

// leaf is a string in a JSON value, in the field that it stands in.
type leaf struct {
	key, text string
	set       func(any)
}

func leaves(v any, key string, set func(any)) (all []leaf) {
	switch at := v.(type) {
	case string:
		all = []leaf{{key, at, set}}
	case []any:
		for i := range at {
			all = append(all, leaves(at[i], key, func(with any) { at[i] = with })...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(at)) {
			all = append(all, leaves(at[name], name, func(with any) { at[name] = with })...)
		}
	}
	return all
}

// everyField is an event of Assay's own JSON with every field that a client may send, the clear ones, too.
func everyField(record *schemas.Record, id string) map[string]any {
	e := map[string]any{"record": record.Name, "occurred_at": time.Now().UTC().Format(time.RFC3339)}
	for _, f := range record.Fields {
		switch f.Type {
		case schemas.String, schemas.NullString:
			e[f.Name] = "value of " + f.Name
		case schemas.Strings:
			e[f.Name] = []any{"one", "two"}
		case schemas.StringMap:
			e[f.Name] = map[string]any{"note": "a remark", "mode": "agent"}
		case schemas.Enum:
			if f.Name == "kind" {
				e["kind"] = f.Symbols[1]
			}
		}
	}
	e["event_id"] = id
	for _, ours := range []string{"org", "seal_key_id"} {
		delete(e, ours)
	}
	for _, clear := range []string{"user", "team", "repo", "path", "author", "reviewer", "owner", "approver"} {
		if _, has := e[clear+"_token"]; has {
			e[clear] = "value of " + clear
			delete(e, clear+"_token")
		}
	}
	if record != schemas.EvalEventRecord {
		e["payload"] = map[string]any{"code": "x", "prompt": "y", "text": "z", "path": "p"}
	}
	return e
}
