package github

import (
	"crypto/sha256"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"
)

var errReused = errors.New("its delivery id was another event's")

// rememberedDeliveries are some days of a busy organisation; each takes some 150 bytes.
const rememberedDeliveries = 1 << 16

// deliveries remembers what came under a delivery id. Repeats count once by their events' ids, whatever is remembered here:
// this tells of an id that stands for two events, where one of them isn't GitHub's.
type deliveries struct {
	last *lru.Cache[[32]byte, [32]byte] // organisation and id -> body, hashed
}

func newDeliveries() *deliveries {
	cache, err := lru.New[[32]byte, [32]byte](rememberedDeliveries)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &deliveries{cache}
}

// same says whether all that came under the id was this body.
func (d *deliveries) same(org, id string, body []byte) bool {
	content := sha256.Sum256(body)
	first, known, _ := d.last.PeekOrAdd(sha256.Sum256([]byte(org+"\x00"+id)), content)
	return !known || first == content
}
