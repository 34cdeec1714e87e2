package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/confusion/evaluate"
	"github.com/assayhq/assay/consumers/confusion/train"
)

// trainConfusionCommand trains on the labelled sets of a folder and on the project's own messages.
type trainConfusionCommand struct {
	Sets string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of the labelled sets: *.jsonl."`
	Out  string `required:"" placeholder:"FILE" help:"Write the model here."`
	Card string `placeholder:"FILE" help:"Write the model card here, in Markdown."`
}

// Run trains, prints the cross-validated figures and writes the model.
func (c *trainConfusionCommand) Run() error {
	examples, err := c.examples()
	if err != nil {
		return err
	}
	r, err := train.Train(examples)
	if err != nil {
		return err
	}
	m, err := confusion.ReadModel(r.File)
	if err != nil {
		return err
	}
	fmt.Printf("model %s, %d bytes, trained on %s\n", m.Hash(), len(r.File), m.Note())
	for _, channel := range []confusion.Channel{confusion.Chat, confusion.Review} {
		f := evaluate.Measure(r.Cases[channel])
		fmt.Printf("\n%s, cross-validated by %s\n%s", channel, train.GroupedBy(channel), f.Text())
		fmt.Printf("\n%s, dev split, trained without it\n%s", channel, evaluate.Measure(r.Dev[channel]).Text())
	}
	if err := os.WriteFile(c.Out, r.File, 0o644); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	if c.Card == "" {
		return nil
	}
	if err := os.WriteFile(c.Card, []byte(train.Card(r, m)), 0o644); err != nil {
		return fmt.Errorf("write model card: %w", err)
	}
	return nil
}

// examples reads every set of the folder, in order of their names, and the project's own messages.
func (c *trainConfusionCommand) examples() ([]train.Example, error) {
	examples, err := train.Own()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(c.Sets, "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("read data: no *.jsonl in %s", c.Sets)
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read data: %w", err)
		}
		name := filepath.Base(path)
		set, err := train.Read(f, name[:len(name)-len(".jsonl")])
		f.Close()
		if err != nil {
			return nil, err
		}
		examples = append(examples, set...)
	}
	return examples, nil
}
