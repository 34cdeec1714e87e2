package collector

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/assayhq/assay/producers/privacy"
)

const lockedWait = 30 * time.Second // until a person may have given the key back

// keyless is what the collector does while the keys of a day can't be had: it keeps nothing that it can't seal, so not even on
// the disk, and tells clients to come again. Days whose keys it has go on, so it doesn't end where the keyring is locked.
type keyless struct {
	logged rate.Sometimes
}

// refuse turns an error of the KMS into a *laterError, and leaves others as they are.
func (k *keyless) refuse(log *slog.Logger, err error) error {
	var away *privacy.KMSError
	if !errors.As(err, &away) {
		return err
	}
	after := away.After
	if errors.Is(err, privacy.ErrLocked) {
		after = max(after, lockedWait)
	}
	k.logged.Do(func() {
		log.Error("events are refused, clients are told to come again: the key that seals them can't be had", "error", err)
	})
	return &laterError{http.StatusServiceUnavailable, "the key that seals these events can't be had now", after}
}
