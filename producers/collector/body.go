package collector

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/assayhq/assay/producers/collector/intake"
)

const (
	maxBody   = 8 << 20     // of one request, decompressed
	maxMemory = 64 << 20    // of the bodies of all requests in work
	bodyStep  = 64 << 10    // how much memory is asked for at a time
	noRoom    = time.Second // until memory is free again
)

var (
	errTooLarge = intake.Refuse(http.StatusRequestEntityTooLarge, "the body has more than %d bytes, decompressed: send less at a time", maxBody)
	errBusy     = &laterError{http.StatusServiceUnavailable, "too many requests at once", noRoom}
)

// readBody reads and decompresses a body. What it holds in memory is bounded, whatever the client sends; release gives it back.
func (c *Collector) readBody(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	held := int64(0)
	release = func() { c.memory.Release(held) }
	from, done, err := decompress(http.MaxBytesReader(w, r.Body, maxBody), r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, release, err
	}
	defer done()
	var content bytes.Buffer
	for {
		if !c.memory.TryAcquire(bodyStep) {
			return nil, release, errBusy
		}
		held += bodyStep
		n, err := io.CopyN(&content, from, bodyStep)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large), int64(content.Len()) > maxBody:
			return nil, release, errTooLarge
		case n < bodyStep && errors.Is(err, io.EOF):
			return content.Bytes(), release, nil
		case err != nil:
			return nil, release, intake.Refuse(http.StatusBadRequest, "the body can't be read: it is cut off, or not compressed as its Content-Encoding says")
		}
	}
}

var (
	gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstds = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderMaxWindow(maxBody))
		if err != nil {
			panic(err) // the options are constants
		}
		return d
	}}
)

// decompress reads what the encoding says; done gives the decompressor back.
func decompress(from io.Reader, encoding string) (_ io.Reader, done func(), err error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return from, func() {}, nil
	case "gzip", "x-gzip":
		z := gzips.Get().(*gzip.Reader)
		if err := z.Reset(from); err != nil {
			gzips.Put(z)
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return nil, nil, errTooLarge
			}
			return nil, nil, intake.Refuse(http.StatusBadRequest, "the body is not gzip, as its Content-Encoding says")
		}
		return z, func() { gzips.Put(z) }, nil
	case "zstd":
		z := zstds.Get().(*zstd.Decoder)
		done := func() {
			_ = z.Reset(nil)
			zstds.Put(z)
		}
		if err := z.Reset(from); err != nil {
			done()
			return nil, nil, intake.Refuse(http.StatusBadRequest, "the body is not zstd, as its Content-Encoding says")
		}
		return z, done, nil
	}
	return nil, nil, intake.Refuse(http.StatusUnsupportedMediaType, "this Content-Encoding is not understood: send gzip, zstd or identity")
}
