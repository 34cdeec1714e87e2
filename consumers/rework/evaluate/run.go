package evaluate

import (
	"fmt"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
)

// Prediction is the detector's answer to a case.
type Prediction struct {
	ID       string          `json:"id"`
	Verdict  schemas.Verdict `json:"verdict"`
	Survival float64         `json:"survival"`
}

// Run judges all cases and compares the judgements with the labels. It calls visit with every prediction.
func (c Client) Run(cases []Case, visit func(Prediction) error) (Figures, error) {
	fates := make([]rework.Fate, len(cases))
	for i := range cases {
		fate, err := c.Judge(&cases[i])
		if err != nil {
			return Figures{}, fmt.Errorf("case %s: %w", cases[i].ID, err)
		}
		fates[i] = fate
		if err := visit(Prediction{cases[i].ID, fate.Verdict, fate.Survival}); err != nil {
			return Figures{}, err
		}
	}
	return Measure(cases, fates), nil
}
