package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// interactive reports whether a person watches stderr.
func interactive() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// progressLine tells a person what a command is about to wait for.
func progressLine(text string) { fmt.Fprintln(os.Stderr, "assay: "+text) }

// newBar returns a progress bar on stderr, an invisible one where nobody watches. A total of -1 is unknown.
func newBar(total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total, progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetVisibility(interactive()), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
}
