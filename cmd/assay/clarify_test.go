package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClarify tags a made-up conversation and asks for plans: of the templates, of an endpoint, and of one that fails.
func TestClarify(t *testing.T) {
	data, recording := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "chat.jsonl")
	const told = `{"record": "ChatEvent", "event_id": "m1", "occurred_at": "2026-03-02T09:00:00Z", "source": "test", "org": "local", "kind": "prompt_sent", "conversation_id": "c1",
		"payload": {"text": "I ran the migration you wrote as jo.doe@example.com and the column is still varchar, why? I don't understand what the log says."}}`
	if err := os.WriteFile(recording, []byte(strings.ReplaceAll(told, "\n", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	assayJSON[report](t, "up", "--data", data, "--replay", recording, "--once", "--json")

	var asked string
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Model    string
			Messages []plannerMessage
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Messages) != 2 || request.Model != "small" || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer k" {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		asked = request.Messages[1].Content
		w.Write([]byte(`{"choices": [{"message": {"role": "assistant", "content": "1. Ask for the log.\n2) Explain it.\n\n- Check the column."}}]}`))
	}))
	defer endpoint.Close()

	byTemplates := assayJSON[clarification](t, "clarify", "--data", data, "--json", "c1")
	if byTemplates.By != "templates" || byTemplates.Message != "m1" || len(byTemplates.Steps) == 0 || len(byTemplates.Reasons) == 0 {
		t.Errorf("got %+v", byTemplates)
	}
	byModel := assayJSON[clarification](t, "clarify", "--data", data, "--json", "--endpoint", endpoint.URL+"/v1/", "--planner-model", "small", "--planner-key", "k", "m1")
	if byModel.By != "small" || !slices.Equal(byModel.Steps, []string{"Ask for the log.", "Explain it.", "Check the column."}) {
		t.Errorf("got %+v", byModel)
	}
	if !strings.Contains(asked, "still varchar") || strings.Contains(asked, "jo.doe") {
		t.Errorf("the endpoint was told %q", asked)
	}
	refused := assayJSON[clarification](t, "clarify", "--data", data, "--json", "--endpoint", endpoint.URL+"/v1", "--planner-model", "other", "m1")
	if refused.By != "templates" || !slices.Equal(refused.Steps, byTemplates.Steps) {
		t.Errorf("got %+v", refused)
	}
}

func TestStated(t *testing.T) {
	for _, c := range []struct {
		spans []int64
		want  string
	}{{nil, "One. Two."}, {[]int64{5, 9, 0, 4}, "Two. One."}, {[]int64{5, 90}, "One. Two."}, {[]int64{-1, 3, 3, 2, 7}, "One. Two."}} {
		if got := stated("One. Two.", c.spans); got != c.want {
			t.Errorf("%v: got %q, want %q", c.spans, got, c.want)
		}
	}
}
