package train

import (
	_ "embed" // the card's text
	"fmt"
	"strings"
	"text/template"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/confusion/evaluate"
)

//go:embed card.md.tmpl
var cardText string

var cardTemplate = template.Must(template.New("card").Parse(cardText))

// cardChannel is what the card says of one channel.
type cardChannel struct {
	Name, GroupedBy string
	evaluate.Figures
	confusion.Calibration
	Dev evaluate.Figures
}

// Card returns the model card in Markdown: data, licences, figures, limits.
func Card(r *Result, m *confusion.Model) string {
	var channels []cardChannel
	for _, c := range []confusion.Channel{confusion.Chat, confusion.Review} {
		channels = append(channels, cardChannel{c.String(), GroupedBy(c), evaluate.Measure(r.Cases[c]), m.Calibration(c), evaluate.Measure(r.Dev[c])})
	}
	var b strings.Builder
	err := cardTemplate.Execute(&b, map[string]any{"Hash": m.Hash(), "Size": len(r.File), "Note": m.Note(), "Channels": channels, "Features": confusion.Features})
	if err != nil { // the template is part of the program
		panic(fmt.Sprintf("model card: %v", err))
	}
	return b.String()
}
