package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/sr/srfake"
)

// registry is a schema registry that journals every change it accepts and replays the journal when it starts. The
// engine hands out ids in order of registration, so after a replay every id is what it was.
type registry struct {
	engine http.Handler

	mu     sync.Mutex
	file   *os.File
	failed error // of the journal: what the engine holds beyond it must not grow
}

// change is one accepted request, one line of the journal.
type change struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Body   string `json:"body,omitempty"`
}

func openRegistry(path string, logger *slog.Logger) (*registry, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the schema registry's journal: %w", err)
	}
	r := &registry{engine: srfake.NewRegistry().Handler(), file: file}
	if err := r.replay(path, logger); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

func (r *registry) replay(path string, logger *slog.Logger) error {
	reader := bufio.NewReader(r.file)
	var good int64
	for line := 1; ; line++ {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(text) > 0 { // a kill in the middle of a write: nobody was told that it was accepted
				logger.Warn("schema registry: cut an unfinished last line from its journal", "file", path)
				if err := r.file.Truncate(good); err != nil {
					return fmt.Errorf("cut the schema registry's journal: %w", err)
				}
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the schema registry's journal: %w", err)
		}
		var c change
		if err := json.Unmarshal(text, &c); err != nil {
			return fmt.Errorf("%s line %d is damaged (%w): restore the data folder from a copy, or delete it to start afresh", path, line, err)
		}
		if answer := r.ask(c); answer.Code != http.StatusOK {
			return fmt.Errorf("%s line %d is refused now (%s): restore the data folder from a copy, or delete it to start afresh",
				path, line, strings.TrimSpace(answer.Body.String()))
		}
		good += int64(len(text))
	}
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		r.engine.ServeHTTP(w, req)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxSchemaBytes))
	if err != nil {
		http.Error(w, fmt.Sprintf("read the request: %v", err), http.StatusBadRequest)
		return
	}
	c := change{Method: req.Method, URL: req.URL.RequestURI(), Body: string(body)}
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.changes(c)
	answer := r.ask(c)
	if news && answer.Code == http.StatusOK && r.failed == nil {
		r.failed = r.append(c)
	}
	if r.failed != nil {
		http.Error(w, fmt.Sprintf("journal the change: %v: restart assay", r.failed), http.StatusInternalServerError)
		return
	}
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes()) //nolint:errcheck // the client is gone
}

const maxSchemaBytes = 1 << 20

// changes tells requests that alter the registry from lookups and from registering again what is registered, which
// every client does when it starts.
func (r *registry) changes(c change) bool {
	path, _, _ := strings.Cut(c.URL, "?")
	if c.Method != http.MethodPost {
		return true
	}
	if subject, ok := strings.CutSuffix(path, "/versions"); ok && strings.Contains(path, "/subjects/") && !strings.HasPrefix(path, "/compatibility/") {
		return r.ask(change{Method: http.MethodPost, URL: subject, Body: c.Body}).Code != http.StatusOK
	}
	return false
}

func (r *registry) ask(c change) *httptest.ResponseRecorder {
	req := httptest.NewRequest(c.Method, c.URL, bytes.NewReader([]byte(c.Body)))
	answer := httptest.NewRecorder()
	r.engine.ServeHTTP(answer, req)
	return answer
}

func (r *registry) append(c change) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := r.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return r.file.Sync()
}

func (r *registry) close() error { return r.file.Close() }
