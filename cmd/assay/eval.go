package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// evalCommand runs a detector's very function over labelled cases.
type evalCommand struct {
	Confusion evalConfusionCommand `cmd:"" help:"Whether messages show confusion, and why."`
	Rework    evalReworkCommand    `cmd:"" help:"What became of accepted code: verdicts and survival from sketches alone."`
	Security  evalSecurityCommand  `cmd:"" help:"Weaknesses and secrets in snippets: alarms, gate, pairs and rules."`
	Triggers  evalTriggersCommand  `cmd:"" help:"When retraining triggers fire over streams of minute counts: false alarms and delays."`
}

// evalFlags are the flags that every evaluation has.
type evalFlags struct {
	Cases []string `required:"" type:"existingfile" placeholder:"FILE" help:"Cases, one JSON object a line; may be given several times."`
	Out   string   `placeholder:"FILE" help:"Write predictions here, one JSON object a line."`
	JSON  bool     `name:"json" help:"Print the figures as one JSON object."`
}

// maxCaseBytes bounds one line of a file of cases.
const maxCaseBytes = 64 << 20

// eachCase calls visit with every case of a file, in order.
func eachCase[T any](path string, visit func(T) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read cases: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), maxCaseBytes)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("%s line %d: not a case: %w", path, n, err)
		}
		if err := visit(c); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// caseSet is the cases of one file under its name without folder and extension.
type caseSet[T any] struct {
	Name  string
	Cases []T
}

// readCases reads all files of cases.
func readCases[T any](paths []string) ([]caseSet[T], error) {
	var sets []caseSet[T]
	for _, path := range paths {
		name := filepath.Base(path)
		set := caseSet[T]{Name: name[:len(name)-len(filepath.Ext(name))]}
		if err := eachCase(path, func(c T) error { set.Cases = append(set.Cases, c); return nil }); err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// predictionWriter writes predictions; it does nothing where no file was asked for.
type predictionWriter struct {
	file *os.File
	buf  *bufio.Writer
	enc  *json.Encoder
}

func newPredictionWriter(path string) (*predictionWriter, error) {
	if path == "" {
		return &predictionWriter{enc: json.NewEncoder(io.Discard)}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write predictions: %w", err)
	}
	buf := bufio.NewWriter(f)
	return &predictionWriter{file: f, buf: buf, enc: json.NewEncoder(buf)}, nil
}

// Write appends one prediction.
func (w *predictionWriter) Write(prediction any) error {
	if err := w.enc.Encode(prediction); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}

// Close flushes the file.
func (w *predictionWriter) Close() error {
	if w.file == nil {
		return nil
	}
	if err := errors.Join(w.buf.Flush(), w.file.Close()); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}
