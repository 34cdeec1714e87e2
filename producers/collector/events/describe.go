package events

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/assayhq/assay/schemas"
)

// collectors are the fields that the collector fills in, by what a client sends instead.
var collectors = map[string]string{
	"user_token": "user", "team_token": "team", "repo_token": "repo", "path_token": "path", "author_token": "author",
	"reviewer_token": "reviewer", "owner_token": "owner", "approver_token": "approver", "sealed": "payload", "seal_key_id": "",
	"fingerprints": "", "sketch": "", "replaced_sketch": "", "elsewhere_sketch": "",
}

type object = map[string]any

// JSONSchema returns the JSON Schema (draft 2020-12) of what clients send for a record.
func JSONSchema(record *schemas.Record) []byte {
	schema := recordSchema(record)
	schema["$schema"], schema["$id"] = "https://json-schema.org/draft/2020-12/schema", "/schemas/"+record.Name+".json"
	return marshal(schema)
}

func recordSchema(record *schemas.Record) object {
	fields := object{"record": object{"const": record.Name, "description": "Which record this is."}}
	required := []string{"record", "occurred_at", "kind"}
	if record.KeyField != "file_id" { // which follows from the path, too
		required = append(required, record.KeyField)
	}
	for _, f := range record.Fields {
		instead, ours := collectors[f.Name]
		switch {
		case ours && instead == "payload":
			fields["payload"] = payloadSchema()
		case ours && instead != "":
			fields[instead] = object{"type": "string", "description": strings.Replace(f.Doc, "Keyed token of", "In clear, for the collector to replace by a keyed token:", 1)}
		case !ours:
			fields[f.Name] = fieldSchema(f)
		}
	}
	return object{
		"title": record.Name, "description": record.Doc, "type": "object", "properties": fields, "required": required, "additionalProperties": false,
	}
}

func payloadSchema() object {
	text := func(doc string) object { return object{"type": "string", "description": doc} }
	return object{
		"type": "object", "description": "What the collector seals before it is stored.", "additionalProperties": false, "properties": object{
			"code": text("The suggested, saved or accepted code."), "prompt": text("The code or text that the assistant was given."),
			"text": text("A message of a conversation, a review comment or feedback."), "path": text("The file's path relative to its repository."),
		},
	}
}

func fieldSchema(f schemas.Field) object {
	base, nullable := strings.CutSuffix(string(f.Type), "?")
	s := object{}
	switch schemas.FieldType(base) {
	case schemas.Int, schemas.Long:
		s["type"] = "integer"
	case schemas.Double:
		s["type"] = "number"
	case schemas.Bool:
		s["type"] = "boolean"
	case schemas.Time:
		s["type"], s["format"] = "string", "date-time"
	case schemas.Enum:
		s["type"], s["enum"] = "string", f.Symbols
	case schemas.Longs:
		s["type"], s["items"] = "array", object{"type": "integer"}
	case schemas.Strings:
		s["type"], s["items"] = "array", object{"type": "string"}
	case schemas.StringMap:
		s["type"], s["additionalProperties"] = "object", object{"type": "string"}
	case "bytes":
		s["type"], s["contentEncoding"] = "string", "base64"
	default:
		s["type"] = "string"
	}
	if nullable {
		s["type"] = []any{s["type"], "null"}
	}
	if s["description"] = f.Doc; f.Name == "file_id" || f.Name == "old_file_id" {
		s["description"] = f.Doc + " Any id of the client's own, in clear: the collector replaces it by a keyed token. Without it the path, below the repository, is the file."
	}
	return s
}

// OpenAPI returns the OpenAPI 3.1 description of the collector's own endpoints.
func OpenAPI(version string) []byte {
	components, alternatives, mapping := object{}, []any{}, object{}
	for _, r := range Records {
		ref := "#/components/schemas/" + r.Name
		components[r.Name] = recordSchema(r)
		alternatives = append(alternatives, object{"$ref": ref})
		mapping[r.Name] = ref
	}
	components["Event"] = object{"oneOf": alternatives, "discriminator": object{"propertyName": "record", "mapping": mapping}}
	components["Results"] = object{
		"type": "object", "required": []string{"accepted"}, "properties": object{
			"accepted": object{"type": "array", "items": object{"type": "string"}, "description": "Ids of the events that are stored."},
			"rejected": object{"type": "array", "description": "What to correct and send again; the other events needn't be.", "items": object{
				"type": "object", "required": []string{"index", "reason"}, "properties": object{
					"index": object{"type": "integer", "description": "Place in the request, from 0."}, "event_id": object{"type": "string"}, "reason": object{"type": "string"},
				},
			}},
			"ignored": object{"type": "integer", "description": "Items that are no facts."},
		},
	}
	components["Gate"] = gateSchema()
	components["Error"] = object{"type": "object", "required": []string{"error"}, "properties": object{"error": object{"type": "string"}}}
	response := func(doc, schema string) object {
		return object{"description": doc, "content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/" + schema}}}}
	}
	later := response("Come again after Retry-After seconds: too many events for this token, or no room while the brokers are away. Nothing was stored.", "Error")
	later["headers"] = object{"Retry-After": object{"schema": object{"type": "integer"}}}
	event := object{"$ref": "#/components/schemas/Event"}
	return marshal(object{
		"openapi": "3.1.0",
		"info":    object{"title": "Assay collector", "version": version, "license": object{"name": "Apache 2.0", "identifier": "Apache-2.0"}},
		"paths": object{Path: object{"post": object{
			"operationId": "publishEvents", "summary": "Publish events",
			"description": "One event, an array, or one a line. Send an event again with the same event_id and it counts once (it must be unique in your organisation; what is stored has an id that follows from both); without an event_id equal events of different requests count once. gzip and zstd are understood.",
			"requestBody": object{"required": true, "content": object{
				"application/json":     object{"schema": object{"oneOf": []any{event, object{"type": "array", "items": event, "maxItems": MaxItems}}}},
				"application/x-ndjson": object{"schema": event},
			}},
			"responses": object{
				"202": response("Stored, or on the disk until the brokers are back.", "Results"),
				"400": response("Nothing of it is usable.", "Results"),
				"401": response("No valid token.", "Error"), "413": response("Too large.", "Error"), "415": response("Neither JSON nor NDJSON.", "Error"),
				"429": later, "503": later,
			},
		}}, "/v1/gate/{change}": object{"get": object{
			"operationId": "gate", "summary": "May a change be merged?", "description": "What the merge gate says of a change of the token's organisation.",
			"parameters": []any{object{"name": "change", "in": "path", "required": true, "schema": object{"type": "string"}, "description": "The change, named as in its events."}},
			"responses": object{
				"200": response("Where the change stands.", "Gate"), "401": response("No valid token.", "Error"), "404": response("The gate knows no such change.", "Error"),
				"429": later, "501": response("This collector doesn't know the gate's decisions.", "Error"),
			},
		}}},
		"security":   []any{object{"token": []string{}}},
		"components": object{"schemas": components, "securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}},
	})
}

// gateSchema describes collector.GateAnswer, whose package imports this one; TestGateSchema holds them against each other.
func gateSchema() object {
	kind := slices.IndexFunc(schemas.GateDecisionRecord.Fields, func(f schemas.Field) bool { return f.Name == "kind" })
	decisions := slices.DeleteFunc(slices.Clone(schemas.GateDecisionRecord.Fields[kind].Symbols), func(s string) bool { return s == "unknown" })
	text, at := object{"type": "string"}, object{"type": "string", "format": "date-time"}
	list := object{"type": "array", "items": text}
	return object{
		"type": "object", "required": []string{"decision", "since", "policy"}, "properties": object{
			"decision": object{"type": "string", "enum": decisions}, "since": at,
			"reasons": list, "rules": list, "findings": list, "reviewer": text, "reviewed_at": at, "review_reason": text, "commits": list, "policy": text,
		},
	}
}

func marshal(v object) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // strings, numbers and lists of them always marshal
	}
	return append(b, '\n')
}
