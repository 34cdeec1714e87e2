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
			Name: "chat.confusion", Partitions: 6, Retention: 7 * day,
			Doc: "Whether a message shows confusion, why and where in it, never the text.",
		},
		{
			Name: "code.rework", Partitions: 6, Retention: 30 * day,
			Doc: "What became of accepted suggestions: survival at checkpoints, and verdicts.",
		},
		{
			Name: "code.moves", Partitions: 6, Retention: 30 * day,
			Doc: "Accepted text that left its file, and text that came into files, under the repository's key.",
		},
		{
			Name: "changes.evidence", Partitions: 6, Retention: 30 * day,
			Doc: "What the merge gate needs to know of a repository, from every topic under one key.",
		},
		{
			Name: "changes.gate", Partitions: 3, Retention: 90 * day,
			Doc: "What the merge gate says about a change, and why.",
		},
		{
			Name: "quality.signals", Partitions: 6, Retention: 7 * day,
			Doc: "What speaks for or against a suggestion, a reply or a change, before precedence is settled.",
		},
		{
			Name: "models.retrain", Partitions: 1, Retention: 90 * day,
			Doc: "Retraining triggers, fired and cleared, with their evidence.",
		},
		{
			Name: "models.examples", Partitions: 3, Retention: 90 * day,
			Doc: "Examples to train on, as they enter and leave the rolling buffer of their domain.",
		},
		{
			Name: "models.evals", Partitions: 1, Retention: 90 * day,
			Doc: "Hold-out results of candidate models and their baselines.",
		},
		{
			Name: "models.promotions", Partitions: 1, Retention: 365 * day,
			Doc: "Whether a candidate may replace its baseline, with the test that decided.",
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
