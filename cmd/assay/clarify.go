package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

// clarifyCommand says what to ask or explain next to a person who is confused.
type clarifyCommand struct {
	ID string `arg:"" help:"Event id of a message or of its tag, or a conversation id: then of its last confused message."`

	dataFolder
	clickhouseFlags
	keyringFlags
	planner
	JSON bool `name:"json" help:"Print one JSON object."`
}

// clarification is a plan for one message.
type clarification struct {
	Message      string   `json:"message"` // event id
	Conversation string   `json:"conversation"`
	Reasons      []string `json:"reasons"`
	By           string   `json:"by"` // templates, or the model that was asked
	Steps        []string `json:"steps"`
}

// Run prints the plan of the endpoint's model where one is given and answers, that of the templates otherwise. Only the first
// opens the message, so only that needs the keyring and a ClickHouse user who reads sealed columns.
func (c *clarifyCommand) Run(ctx context.Context, log *slog.Logger) error {
	if c.Endpoint != "" && c.PlannerModel == "" {
		return errors.New("which model of the endpoint? Give --planner-model NAME")
	}
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse, keyring: &c.Keyring})
	if err != nil {
		return err
	}
	defer release()
	tag, err := confusedTag(ctx, db, c.ID)
	if err != nil {
		return err
	}
	plan := clarification{Message: tag.CausedBy, Conversation: tag.ConversationID, Reasons: tag.Reasons, By: "templates"}
	for _, step := range confusion.Plan(tag.Reasons) {
		plan.Steps = append(plan.Steps, step.Text)
	}
	if c.Endpoint != "" {
		statement, err := c.statement(ctx, db, tag)
		if err != nil {
			return err
		}
		steps, err := c.plan(ctx, statement, plan.Reasons, plan.Steps)
		if err != nil {
			log.Warn("the plan is that of the templates", "error", err)
		} else {
			plan.By, plan.Steps = c.PlannerModel, steps
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(plan)
	}
	fmt.Printf("message %s of conversation %s: %s\n", plan.Message, plan.Conversation, strings.Join(plan.Reasons, ", "))
	for i, step := range plan.Steps {
		fmt.Printf("%d. %s\n", i+1, step)
	}
	fmt.Printf("(by %s)\n", plan.By)
	return nil
}

// confusedTag returns the last tag of confusion that the id leads to.
func confusedTag(ctx context.Context, db *clickhouse.DB, id string) (*schemas.ConfusionTag, error) {
	result, err := db.Query(ctx, `SELECT org, caused_by, conversation_id, channel, reasons, problem_spans FROM confusion_tags
		WHERE (caused_by = {id:String} OR event_id = {id:String} OR conversation_id = {id:String}) AND notEmpty(reasons)
		ORDER BY occurred_at DESC, _log_time DESC LIMIT 1`, clickhouse.Parameters(map[string]any{"id": id})...)
	if err != nil {
		return nil, fmt.Errorf("find the tag: %w", err)
	}
	if len(result.Rows) == 0 {
		return nil, fmt.Errorf("no confused message has the id %q: 'SELECT caused_by, conversation_id FROM confusion_current WHERE kind = 'confused'' lists those that there are", id)
	}
	r := result.Rows[0]
	return &schemas.ConfusionTag{Envelope: schemas.Envelope{Org: r[0].(string)}, CausedBy: r[1].(string), ConversationID: r[2].(string), Channel: r[3].(string),
		Reasons: r[4].([]string), ProblemSpans: r[5].([]int64)}, nil
}

// statement opens the tagged message and returns the sentences that state its problem, or all of it, without what is confidential.
func (c *clarifyCommand) statement(ctx context.Context, db *clickhouse.DB, tag *schemas.ConfusionTag) (string, error) {
	table := "chat_events"
	if tag.Channel == confusion.Review.String() {
		table = "change_events"
	}
	result, err := db.Query(ctx, "SELECT sealed, seal_key_id FROM "+table+" WHERE org = {org:String} AND event_id = {id:String} LIMIT 1",
		clickhouse.Parameters(map[string]any{"org": tag.Org, "id": tag.CausedBy})...)
	if err != nil {
		return "", fmt.Errorf("read message %s: %w", tag.CausedBy, err)
	}
	if len(result.Rows) == 0 {
		return "", fmt.Errorf("read message %s: it is not in %s", tag.CausedBy, table)
	}
	keys, err := c.keys()
	if err != nil {
		return "", err
	}
	sealed, _ := result.Rows[0][0].(string)
	plain, err := keys.Open(tag.Org, result.Rows[0][1].(string), []byte(sealed), []byte(tag.CausedBy))
	if err != nil {
		return "", fmt.Errorf("message %s: %w", tag.CausedBy, err)
	}
	payload, err := schemas.ParsePayload(plain)
	if err != nil {
		return "", fmt.Errorf("message %s: %w", tag.CausedBy, err)
	}
	text := payload.Text
	if text == "" {
		text = payload.Prompt
	}
	redactor, err := newRedactor()
	if err != nil {
		return "", err
	}
	clean, _ := redactor.Text(stated(text, tag.ProblemSpans))
	return clean, nil
}

// stated returns the spans of a text, or all of it where there are none.
func stated(text string, spans []int64) string {
	var sentences []string
	for i := 0; i+1 < len(spans); i += 2 {
		if from, to := spans[i], spans[i+1]; 0 <= from && from < to && to <= int64(len(text)) {
			sentences = append(sentences, text[from:to])
		}
	}
	if len(sentences) == 0 {
		return text
	}
	return strings.Join(sentences, " ")
}
