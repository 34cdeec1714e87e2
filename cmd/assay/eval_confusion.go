package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/confusion/evaluate"
)

// evalConfusionCommand tags labelled messages.
type evalConfusionCommand struct {
	evalFlags
	Model string `type:"existingfile" placeholder:"FILE" help:"Model file; the embedded one where none is given."`
}

// confusionCase is a line of a file of cases.
type confusionCase struct {
	ID                string   `json:"id"`
	Text              string   `json:"text"`
	Channel           string   `json:"channel"`
	Confused          *bool    `json:"confused"`
	Reasons           []string `json:"reasons"`
	ReasonsKnown      *bool    `json:"reasons_known"`
	Split             string   `json:"split"`
	PreviousUser      string   `json:"previous_user"`
	PreviousAssistant string   `json:"previous_assistant"`
}

// confusionPrediction is a line of predictions. Start and end are the bytes of the text that show confusion.
type confusionPrediction struct {
	ID        string   `json:"id"`
	Confused  bool     `json:"confused"`
	Score     float64  `json:"score"`
	Abstained bool     `json:"abstained"`
	Reasons   []string `json:"reasons"`
	Start     int      `json:"start"`
	End       int      `json:"end"`
}

// confusionFigures are the figures of one file, channel and split.
type confusionFigures struct {
	Set     string `json:"set"`
	Channel string `json:"channel"`
	Split   string `json:"split,omitempty"`
	evaluate.Figures
}

// confusionReport is what the command prints as JSON.
type confusionReport struct {
	Model             string             `json:"model"`
	TrainedOn         string             `json:"trained_on"`
	Messages          int                `json:"messages"`
	MessagesPerSecond float64            `json:"messages_per_second"`
	Sets              []confusionFigures `json:"sets"`
}

// Run tags every message, and prints figures of those with a label.
func (c *evalConfusionCommand) Run() error {
	model, err := loadConfusionModel(c.Model)
	if err != nil {
		return err
	}
	sets, err := readCases[confusionCase](c.Cases)
	if err != nil {
		return err
	}
	out, err := newPredictionWriter(c.Out)
	if err != nil {
		return err
	}
	report := confusionReport{Model: model.Hash(), TrainedOn: model.Note()}
	tagger := confusion.NewTagger(model, confusion.Key{})
	var took time.Duration
	for _, set := range sets {
		var places []confusionFigures
		labelled := map[string][]evaluate.Case{}
		for _, line := range set.Cases {
			m, err := line.message()
			if err != nil {
				return errors.Join(fmt.Errorf("%s: case %s: %w", set.Name, line.ID, err), out.Close())
			}
			began := time.Now()
			tag := tagger.Tag(m)
			took += time.Since(began)
			report.Messages++
			p := confusionPrediction{line.ID, tag.Confused, tag.Score, tag.Abstained, append([]string{}, tag.Reasons...), tag.Start, tag.End}
			if err := out.Write(p); err != nil {
				return errors.Join(err, out.Close())
			}
			if line.Confused == nil {
				continue
			}
			place := confusionFigures{Set: set.Name, Channel: line.Channel, Split: line.Split}
			key := line.Channel + " " + line.Split
			if labelled[key] == nil {
				places = append(places, place)
			}
			labelled[key] = append(labelled[key], evaluate.Case{
				Score: tag.Score, Predicted: tag.Confused, Abstained: tag.Abstained, Confused: *line.Confused, Reasons: tag.Reasons,
				TrueReasons: line.Reasons, ReasonsKnown: line.ReasonsKnown == nil || *line.ReasonsKnown,
			})
		}
		for _, p := range places {
			p.Figures = evaluate.Measure(labelled[p.Channel+" "+p.Split])
			report.Sets = append(report.Sets, p)
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if took > 0 {
		report.MessagesPerSecond = float64(report.Messages) / took.Seconds()
	}
	return report.print(c.JSON)
}

func (l confusionCase) message() (confusion.Message, error) {
	channel, ok := confusion.ParseChannel(l.Channel)
	if !ok {
		return confusion.Message{}, fmt.Errorf("channel %q is none of chat, review and feedback", l.Channel)
	}
	return confusion.Message{
		Channel: channel, Text: l.Text,
		User: confusion.SketchOf(l.PreviousUser), Assistant: confusion.SketchOf(l.PreviousAssistant),
	}, nil
}

func (r confusionReport) print(asJSON bool) error {
	if asJSON {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return fmt.Errorf("print figures: %w", err)
		}
		fmt.Println(string(text))
		return nil
	}
	fmt.Printf("model %s, trained on %s\nfigures of what it was trained on flatter it; docs/models/confusion.md has cross-validated ones\n", r.Model, r.TrainedOn)
	for _, s := range r.Sets {
		fmt.Printf("\n%s %s %s\n%s", s.Set, s.Channel, s.Split, s.Figures.Text())
	}
	fmt.Printf("\n%d messages, %.0f a second on one core\n", r.Messages, r.MessagesPerSecond)
	return nil
}

// loadConfusionModel reads a model file, or the embedded model where path is empty.
func loadConfusionModel(path string) (*confusion.Model, error) {
	if path == "" {
		return confusion.Default()
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	return confusion.ReadModel(file)
}
