package schemas

import (
	"encoding/json"
	"fmt"
)

// Payload is what the sealed field of an event holds, as JSON before sealing.
type Payload struct {
	// Code is the suggested, saved or accepted code.
	Code string `json:"code,omitempty"`
	// Prompt is the code or text that the assistant was given.
	Prompt string `json:"prompt,omitempty"`
	// Text is a message of a conversation, a review comment or feedback.
	Text string `json:"text,omitempty"`
	// Path is the file's path relative to its repository.
	Path string `json:"path,omitempty"`
}

// ParsePayload reads an opened payload. Errors don't quote it.
func ParsePayload(plain []byte) (Payload, error) {
	var p Payload
	if err := json.Unmarshal(plain, &p); err != nil {
		return Payload{}, fmt.Errorf("sealed payload is not the JSON of a schemas.Payload")
	}
	return p, nil
}

// Marshal returns the JSON to seal.
func (p Payload) Marshal() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings always marshal
	}
	return b
}
