package main

// trainCommand makes the models that detectors use.
type trainCommand struct {
	Confusion trainConfusionCommand `cmd:"" help:"Train the model that tags confusion."`
}
