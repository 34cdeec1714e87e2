package privacy

import "time"

// Recheck has the next use look at the file again, as if the second had passed.
func (k *Keyring) Recheck() { k.checked.Store(-int64(recheck)) }

// EndPause lets the KMS be asked again, as if the pause after its last failure had passed.
func (k *Keyring) EndPause() {
	k.kek.mu.Lock()
	defer k.kek.mu.Unlock()
	k.kek.until = time.Time{}
}
