package evaluate

import (
	"fmt"
	"strings"
)

// String writes the figure with its interval.
func (i Interval) String() string { return fmt.Sprintf("%.3f [%.3f, %.3f]", i.Value, i.Low, i.High) }

// Text writes the figures for people, a line each.
func (f Figures) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  messages   %d, %d confused\n", f.Cases, f.Confused)
	fmt.Fprintf(&b, "  precision  %s\n  recall     %s\n  F1         %s\n  AUC        %s\n", f.Precision, f.Recall, f.F1, f.AUC)
	fmt.Fprintf(&b, "  ECE        %.3f\n", f.ECE)
	fmt.Fprintf(&b, "  coverage   %.3f outside the abstain band, F1 %.3f there\n", f.Coverage, f.CoveredF1)
	fmt.Fprintf(&b, "  reasons    micro F1 %.3f on %d messages\n", f.ReasonF1, f.ReasonCases)
	return b.String()
}

// Diagram draws the reliability diagram: for each bin of scores, how many messages were confused (#) and how many should
// have been (|), to a scale of 50 characters.
func (f Figures) Diagram() string {
	var b strings.Builder
	b.WriteString("score      messages  predicted  observed\n")
	const width = 50
	for i, bin := range f.Bins {
		if bin.Cases == 0 {
			continue
		}
		bar := []byte(strings.Repeat("#", int(bin.Observed*width)) + strings.Repeat(" ", width+1))[:width+1]
		bar[int(bin.Predicted*width)] = '|'
		fmt.Fprintf(&b, "%.1f - %.1f  %8d  %9.2f  %8.2f  %s\n", float64(i)/bins, float64(i+1)/bins, bin.Cases, bin.Predicted, bin.Observed, strings.TrimRight(string(bar), " "))
	}
	return b.String()
}
