package producers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

var (
	// ErrInvalid says that an event violates the rules of its envelope; it was not accepted.
	ErrInvalid = errors.New("invalid event")
	// ErrTooLarge says that a record doesn't fit into a batch; it was not written.
	ErrTooLarge = errors.New("record too large")
	// ErrRefused says that the brokers never take the record; it was not written.
	ErrRefused = errors.New("the brokers refuse the record")
	// ErrFatal says that no retry helps before someone changes the cluster or the configuration.
	ErrFatal = errors.New("publishing can't go on")
	// ErrClosed says that the publisher was closed before the record was acknowledged.
	ErrClosed = errors.New("the publisher is closed")
)

// verdict is what an attempt's error asks for.
type verdict int

const (
	written  verdict = iota
	retry            // the cluster's state, which changes
	missing          // the topic is not there; it may be that the client's view of the cluster is old
	tooLarge         // smaller batches may pass
	rejected         // these records never pass
	fatal            // nothing passes
)

func judge(err error) verdict {
	var untrusted *tls.CertificateVerificationError
	var code kafka.Error
	switch {
	case err == nil:
		return written
	case errors.As(err, &untrusted):
		return fatal
	case errors.Is(err, protocol.ErrNoTopic), errors.Is(err, protocol.ErrNoPartition):
		return missing
	case !errors.As(err, &code):
		return retry
	}
	switch code {
	case kafka.UnknownTopicOrPartition:
		return missing
	case kafka.MessageSizeTooLarge, kafka.RecordListTooLarge:
		return tooLarge
	case kafka.TopicAuthorizationFailed, kafka.ClusterAuthorizationFailed, kafka.SASLAuthenticationFailed,
		kafka.UnsupportedSASLMechanism, kafka.IllegalSASLState, kafka.SecurityDisabled, kafka.InvalidTopic,
		kafka.UnsupportedVersion, kafka.UnsupportedForMessageFormat, kafka.UnsupportedCompressionType, kafka.InvalidRequiredAcks:
		return fatal
	case kafka.InvalidRecord, kafka.InvalidTimestamp, kafka.PolicyViolation:
		return rejected
	}
	return retry
}

// advise words a final error for the person who reads it.
func advise(where string, v verdict, err error) error {
	switch {
	case v == missing:
		return fmt.Errorf("publish to %s: %w: the topic doesn't exist, or this user may not see it: run `assay topology apply`, or see `assay topology acls` (%w)", where, ErrFatal, err)
	case v == tooLarge:
		return fmt.Errorf("publish to %s: %w for the broker: raise the topic's max.message.bytes (%w)", where, ErrTooLarge, err)
	case v == rejected:
		return fmt.Errorf("publish to %s: %w (%w)", where, ErrRefused, err)
	case errors.Is(err, kafka.TopicAuthorizationFailed), errors.Is(err, kafka.ClusterAuthorizationFailed):
		return fmt.Errorf("publish to %s: %w: this user may not write there: see `assay topology acls` (%w)", where, ErrFatal, err)
	}
	return fmt.Errorf("publish to %s: %w: check the login and TLS settings of the cluster (%w)", where, ErrFatal, err)
}

// failures remembers what failed among records that nobody waited for.
type failures struct {
	mu    sync.Mutex
	first error
	count int
}

func (f *failures) add(err error, records int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
	f.count += records
}

func (f *failures) peek() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

func (f *failures) take() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		return nil
	}
	err := fmt.Errorf("%d events were not written, the first because: %w", f.count, f.first)
	f.first, f.count = nil, 0
	return err
}
