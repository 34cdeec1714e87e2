package otlp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
)

// Logs maps a decoded request. Its result has no Answer; see LogsReply.
func (m *Mapping) Logs(request *collogs.ExportLogsServiceRequest, received time.Time) (intake.Result, error) {
	var result intake.Result
	ids, index := newIdentifier(), -1
	for _, rl := range request.GetResourceLogs() {
		o, err := m.originOf(rl.GetResource(), ids)
		if err != nil {
			return intake.Result{}, err
		}
		for _, sl := range rl.GetScopeLogs() {
			for _, record := range sl.GetLogRecords() {
				index++
				drafts, known, reason := m.log(o, sl.GetScope(), record, received, ids, index)
				switch {
				case reason != "":
					result.Rejected = append(result.Rejected, intake.Rejected{Index: index, Reason: reason, Dead: true, Raw: onlyLog(o, sl.GetScope(), record)})
				case !known:
					result.Ignored++
				default:
					result.Drafts = append(result.Drafts, drafts...)
				}
			}
		}
	}
	return result, nil
}

// log maps one record. It is not known where the client or the event isn't, and has a reason where it can't be trusted.
func (m *Mapping) log(o origin, scope *common.InstrumentationScope, record *logs.LogRecord, received time.Time, ids *identifier, index int) (drafts []intake.Draft, known bool, reason string) {
	named := textOf(find(record.GetAttributes(), "event.name"))
	c := m.clientOf(o, scope, named)
	if c == nil {
		return nil, false, ""
	}
	if proto.Size(record) > terms.MaxText {
		return nil, true, fmt.Sprintf("the record has more than %d bytes", terms.MaxText)
	}
	name := c.eventName(named, record)
	if name == "" {
		return nil, true, "neither event.name nor the body names the event"
	}
	event := c.Events[name]
	if event == nil {
		return nil, false, ""
	}
	ids.start(o, c.Source, name, record.GetTimeUnixNano(), record.GetObservedTimeUnixNano())
	ids.attributes(record.GetAttributes(), func(key string) bool { return c.private[key] })
	r := &Record{Facts: Facts{own: record.GetAttributes(), resource: o.resource.GetAttributes(), typed: c.Typed}, Event: name, client: c, id: ids.finish()}
	var err error
	if r.Time, err = timeOf(record, &r.Facts, received); err != nil {
		return nil, true, err.Error()
	}
	event(r)
	drafts = r.finish(index)
	return drafts, true, r.problem
}

// eventName is the attribute, else the body where that is exactly a name, else OTLP's own field where the table has it: some
// SDKs write places in the source there.
func (c *client) eventName(named string, record *logs.LogRecord) string {
	if named != "" {
		return strings.TrimPrefix(named, c.Prefix)
	}
	for _, name := range []string{textOf(record.GetBody()), record.GetEventName()} {
		if name = strings.TrimPrefix(name, c.Prefix); c.Events[name] != nil {
			return name
		}
	}
	return ""
}

// timeOf prefers what the client says over when its SDK saw it, and takes when it came where there is neither.
func timeOf(record *logs.LogRecord, f *Facts, received time.Time) (time.Time, error) {
	at := received
	switch stamp := f.Own("event.timestamp"); {
	case record.GetTimeUnixNano() > 0:
		at = nanos(record.GetTimeUnixNano())
	case stamp != "":
		var err error
		if at, err = terms.Time(stamp); err != nil {
			return time.Time{}, err
		}
	case record.GetObservedTimeUnixNano() > 0:
		at = nanos(record.GetObservedTimeUnixNano())
	}
	return at, terms.Credible(at, received)
}

// onlyLog is a request with the record alone, to be posted again when it can be read.
func onlyLog(o origin, scope *common.InstrumentationScope, record *logs.LogRecord) []byte {
	return compact(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{Resource: o.resource,
		ScopeLogs: []*logs.ScopeLogs{{Scope: scope, LogRecords: []*logs.LogRecord{record}}}}}})
}

// compact writes a message as JSON without the space that protojson varies on purpose: equal letters must be equal.
func compact(m proto.Message) []byte {
	body, err := protojson.Marshal(m)
	var out bytes.Buffer
	if err != nil || json.Compact(&out, body) != nil {
		return nil // what was decoded can be encoded
	}
	return out.Bytes()
}
