// Package partlog reads one partition's log by explicit offsets: fetches without copies, with the broker's timestamps,
// without aborted transactions and control records. kafka-go's own fetch allocates per record and header, ignores
// LogAppendTime and returns transaction markers as records. It knows no groups and commits nothing.
package partlog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
)

const requestGrace = 10 * time.Second // beyond what a broker may wait for data

// OutOfRangeError says that an offset is not in the log, which holds [Start, End).
type OutOfRangeError struct{ Offset, Start, End int64 }

func (e *OutOfRangeError) Error() string {
	if e.Offset > e.End {
		return fmt.Sprintf("offset %d lies beyond the end %d of the log: the topic was recreated or its broker lost data", e.Offset, e.End)
	}
	return fmt.Sprintf("offsets %d to %d were deleted by retention before they were read", e.Offset, e.Start-1)
}

// Chunk is what one fetch brought.
type Chunk struct {
	Records []Record
	Bytes   int   // of memory that the records hold
	Next    int64 // offset to fetch next
	End     int64 // the high watermark: offset of the next record to be written
	// Missing counts offsets inside the log that no batch covers. In a log that is not compacted they are lost.
	Missing int64
}

// Reader reads one partition over a connection of its own to the partition's leader. It is not safe for concurrent use.
type Reader struct {
	client    *kafka.Client
	dialer    *kafka.Dialer
	topic     string
	partition int

	conn        net.Conn
	request     []byte
	correlation int32
}

// NewReader returns a reader; it connects at the first fetch. client answers where leaders are.
func NewReader(cluster topology.Cluster, client *kafka.Client, topic string, partition int) (*Reader, error) {
	dialer, err := cluster.Dialer()
	if err != nil {
		return nil, err
	}
	return &Reader{client: client, dialer: dialer, topic: topic, partition: partition}, nil
}

// Close drops the connection; a later fetch connects again.
func (r *Reader) Close() {
	if r.conn != nil {
		_ = r.conn.Close()
		r.conn = nil
	}
}

// Fetch returns the records from offset on, at most about maxBytes of the log but at least one batch, waiting up to
// wait for the first one. Errors: *OutOfRangeError, kafka.Error, or of the network; after those two a repetition goes
// to whoever leads the partition then.
func (r *Reader) Fetch(ctx context.Context, offset int64, maxBytes int, wait time.Duration) (Chunk, error) {
	res, err := r.roundTrip(ctx, offset, maxBytes, wait)
	if err == nil && res.code != 0 {
		err = kafka.Error(res.code)
	}
	if errors.Is(err, kafka.OffsetOutOfRange) {
		start, end, err := r.Bounds(ctx)
		if err != nil {
			return Chunk{}, err
		}
		return Chunk{}, &OutOfRangeError{Offset: offset, Start: start, End: end}
	}
	if err != nil {
		r.Close()
		if ctx.Err() != nil {
			return Chunk{}, context.Cause(ctx)
		}
		return Chunk{}, fmt.Errorf("fetch %s/%d from offset %d: %w", r.topic, r.partition, offset, err)
	}
	c, err := res.chunk(offset)
	if err != nil {
		return Chunk{}, fmt.Errorf("read %s/%d from offset %d: %w", r.topic, r.partition, offset, err)
	}
	return c, nil
}

func (r *Reader) roundTrip(ctx context.Context, offset int64, maxBytes int, wait time.Duration) (fetchResponse, error) {
	if r.conn == nil {
		if err := r.connect(ctx); err != nil {
			return fetchResponse{}, err
		}
	}
	r.correlation++
	r.request = fetchRequest{correlation: r.correlation, client: r.dialer.ClientID, topic: r.topic, partition: int32(r.partition),
		offset: offset, maxBytes: int32(maxBytes), waitMs: int32(wait.Milliseconds())}.append(r.request[:0])
	conn := r.conn
	if err := conn.SetDeadline(time.Now().Add(wait + requestGrace)); err != nil {
		return fetchResponse{}, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(r.request); err != nil {
		return fetchResponse{}, err
	}
	return readResponse(conn, r.correlation)
}

// connect dials the partition's leader. kafka-go's dialer logs in; then the connection under it is ours.
func (r *Reader) connect(ctx context.Context) error {
	address, err := r.leader(ctx)
	if err != nil {
		return err
	}
	dialer := *r.dialer
	dialer.TLS = nil // else kafka-go would wrap the connection where it can't be had
	var conn net.Conn
	dialer.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{Timeout: requestGrace}).DialContext(ctx, network, address)
		if err == nil && r.dialer.TLS != nil {
			c, err = encrypt(ctx, c, r.dialer.TLS, address)
		}
		conn = c
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestGrace)
	defer cancel()
	if _, err := dialer.DialContext(ctx, "tcp", address); err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return fmt.Errorf("connect to the leader at %s: %w", address, err)
	}
	r.conn = conn
	return nil
}

func encrypt(ctx context.Context, c net.Conn, config *tls.Config, address string) (net.Conn, error) {
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return c, err
		}
		config = config.Clone()
		config.ServerName = host
	}
	t := tls.Client(c, config)
	return t, t.HandshakeContext(ctx)
}

func (r *Reader) leader(ctx context.Context) (string, error) {
	metadata, err := r.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{r.topic}})
	if err != nil {
		return "", fmt.Errorf("ask for the leader: %w", err)
	}
	for _, t := range metadata.Topics {
		if t.Error != nil {
			return "", t.Error
		}
		for _, p := range t.Partitions {
			if p.ID == r.partition {
				if p.Error != nil {
					return "", p.Error
				}
				return net.JoinHostPort(p.Leader.Host, strconv.Itoa(p.Leader.Port)), nil
			}
		}
	}
	return "", kafka.UnknownTopicOrPartition
}

// Bounds returns the first offset of the log and the one after its last.
func (r *Reader) Bounds(ctx context.Context) (start, end int64, err error) {
	res, err := r.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{r.topic: {kafka.FirstOffsetOf(r.partition), kafka.LastOffsetOf(r.partition)}},
	})
	if err != nil {
		return 0, 0, fmt.Errorf("list the offsets of %s/%d: %w", r.topic, r.partition, err)
	}
	answers := res.Topics[r.topic]
	if len(answers) != 1 {
		return 0, 0, fmt.Errorf("list the offsets of %s/%d: %d answers for the partition", r.topic, r.partition, len(answers))
	}
	if err := answers[0].Error; err != nil {
		return 0, 0, fmt.Errorf("list the offsets of %s/%d: %w", r.topic, r.partition, err)
	}
	return answers[0].FirstOffset, answers[0].LastOffset, nil
}

// chunk decodes the record set, without what belongs to aborted transactions.
func (res *fetchResponse) chunk(offset int64) (c Chunk, err error) {
	c = Chunk{Next: offset, End: res.highWatermark}
	open := map[int64]bool{} // producers inside a transaction that will be aborted
	for set := res.set; ; {
		b, rest, ok, err := nextBatch(set)
		if err != nil {
			return c, err
		}
		if !ok {
			return c, nil
		}
		set = rest
		if b.last < offset {
			continue
		}
		c.Missing += max(0, b.base-c.Next)
		c.Next = b.last + 1
		for len(res.aborted[b.producer]) > 0 && res.aborted[b.producer][0] <= b.last {
			open[b.producer] = true
			res.aborted[b.producer] = res.aborted[b.producer][1:]
		}
		switch {
		case b.attributes&attrControl != 0:
			aborts, err := b.aborts()
			if err != nil {
				return c, err
			}
			if aborts {
				delete(open, b.producer)
			}
		case b.attributes&attrTransactional != 0 && open[b.producer]:
		default:
			from := len(c.Records)
			if c.Records, err = b.records(c.Records, offset); err != nil {
				return c, err
			}
			for i := from; i < len(c.Records); i++ {
				c.Bytes += c.Records[i].Size()
			}
		}
	}
}
