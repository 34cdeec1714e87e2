// Package privacy keeps what is confidential out of the log: it seals code and text under data keys
// that belong to one organisation and one UTC day, and replaces identities by keyed tokens.
//
// Deleting a day's key makes everything sealed on that day unreadable, wherever copies of it are.
// Tokens are stable, so that rows still join, and can't be reversed or guessed without the keyring.
//
// The package must not log, publish or put into an error anything that it was asked to protect, and it
// knows nothing of events, Kafka or ClickHouse: it turns bytes into bytes.
package privacy
