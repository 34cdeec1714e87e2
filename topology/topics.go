package topology

import (
	"time"

	"github.com/assayhq/assay/schemas"
)

const day = 24 * time.Hour

// Topics lists every topic that carries events, in the order in which they are created and their schemas registered.
// Partition counts are chosen once: raising the count of a keyed topic later moves keys and breaks their order.
func Topics() []Topic {
	topics := []Topic{
		{
			Name: "assistant.code", Partitions: 6, Retention: 7 * day,
			Doc: "Suggestions, what became of them, and the later saves and commits of the same file.",
		},
		{
			Name: "assistant.chat", Partitions: 6, Retention: 7 * day,
			Doc: "Prompts, replies, ratings and copies of a conversation.",
		},
		{
			Name: "delivery.changes", Partitions: 6, Retention: 30 * day,
			Doc: "Changes, reviews, deployments, incidents and tasks.",
		},
		{
			Name: "code.findings", Partitions: 6, Retention: 7 * day,
			Doc: "Security findings on suggestions: rule, place and a keyed hash of the match, never the match.",
		},
		{
			Name: "quality.outcomes", Partitions: 6, Retention: 7 * day,
			Doc: "One success or failure of a (model, feature, language) domain each.",
		},
		{
			Name: "models.retrain", Partitions: 1, Retention: 90 * day,
			Doc: "Retraining triggers, fired and cleared, with their evidence.",
		},
		{
			Name: DeadLetters, Partitions: 3, Retention: 30 * day,
			Doc: "What a service could not process: the original bytes, sealed, and the reason.",
		},
	}
	for _, record := range schemas.Records() {
		for i := range topics {
			if topics[i].Name == record.Topic {
				topics[i].Record = record
			}
		}
	}
	return topics
}
