package otlp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/proto"
)

// identifier gives records, which have no ids, ones that a repeat of the request has again: hashes of what they say. Content
// and people go in by name only, so that nobody can try guesses at them; two records of one request that say the same are
// told apart by their number among their like.
type identifier struct {
	hash hash.Hash
	text []byte
	seen map[[sha256.Size]byte]uint64
}

func newIdentifier() *identifier {
	return &identifier{hash: sha256.New(), seen: map[[sha256.Size]byte]uint64{}}
}

func (id *identifier) string(s string) {
	id.text = binary.AppendUvarint(id.text, uint64(len(s)))
	id.text = append(id.text, s...)
}

func (id *identifier) attributes(attributes []*common.KeyValue, private func(string) bool) {
	for _, a := range attributes {
		id.string(a.GetKey())
		if private(a.GetKey()) {
			continue
		}
		if v, ok := a.GetValue().GetValue().(*common.AnyValue_StringValue); ok {
			id.string(v.StringValue)
			continue
		}
		at := len(id.text)
		id.text = append(id.text, make([]byte, 4)...)
		id.text, _ = proto.MarshalOptions{Deterministic: true}.MarshalAppend(id.text, a.GetValue())
		binary.BigEndian.PutUint32(id.text[at:], uint32(len(id.text)-at))
	}
}

// resource returns the digest of a resource.
func (id *identifier) resource(attributes []*common.KeyValue, private func(string) bool) []byte {
	id.text = id.text[:0]
	id.attributes(attributes, private)
	id.hash.Reset()
	id.hash.Write(id.text)
	return id.hash.Sum(nil)
}

// start begins the id of a record of the origin.
func (id *identifier) start(o origin, source, name string, times ...uint64) {
	id.text = append(id.text[:0], o.digest...)
	id.string(source)
	id.string(name)
	for _, t := range times {
		id.text = binary.BigEndian.AppendUint64(id.text, t)
	}
}

// finish returns the id.
func (id *identifier) finish() string {
	var sum [sha256.Size]byte
	id.hash.Reset()
	id.hash.Write(id.text)
	id.hash.Sum(sum[:0])
	number := id.seen[sum]
	id.seen[sum] = number + 1
	if number > 0 {
		id.text = binary.BigEndian.AppendUint64(append(id.text[:0], sum[:]...), number)
		id.hash.Reset()
		id.hash.Write(id.text)
		id.hash.Sum(sum[:0])
	}
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
