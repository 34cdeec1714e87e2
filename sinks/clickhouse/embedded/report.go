package embedded

import (
	"bytes"
	"regexp"
	"sync"
)

var errorCode = regexp.MustCompile(`Code: (\d+)\.`)

// report is what the child writes to standard error: its beginning, as the first error is the cause of the others.
type report struct {
	onError func()

	mu  sync.Mutex
	buf []byte
}

const reportBytes = 16 << 10

func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.buf = append(r.buf, p[:min(len(p), reportBytes-len(r.buf))]...)
	failed := errorCode.Match(r.buf)
	r.mu.Unlock()
	if failed {
		r.onError()
	}
	return len(p), nil
}

func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(bytes.TrimSpace(r.buf))
}
