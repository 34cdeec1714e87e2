package confusion

// Channel is where a message was written: the same words mean different things in different places.
type Channel uint8

// The channels.
const (
	Chat     Channel = iota // to an assistant
	Review                  // a code review comment
	Feedback                // a remark on a rating
	channels
)

var channelNames = [channels]string{"chat", "review", "feedback"}

// String returns the channel's name in events.
func (c Channel) String() string { return channelNames[c] }

// ParseChannel returns the channel with the name.
func ParseChannel(name string) (Channel, bool) {
	for i, n := range channelNames {
		if n == name {
			return Channel(i), true
		}
	}
	return 0, false
}

// Message is what a person wrote, and what is known of the turn before. Both sketches are zero at the start of a
// conversation, and outside chat.
type Message struct {
	Channel   Channel
	Text      string
	User      Sketch // the person's previous message
	Assistant Sketch // the reply to it
}

// ReasonNames are the names of the reasons, in the order of the model's heads.
var ReasonNames = [reasons]string{
	"misunderstood_request", "unclear_explanation", "missing_context", "unexpected_behaviour", "missing_rationale", "unsure_how",
}

const reasons = 6

// The indices of the reasons.
const (
	misunderstoodRequest = iota
	unclearExplanation
	missingContext
	unexpectedBehaviour
	missingRationale
	unsureHow
)
