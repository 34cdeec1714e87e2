package embedded

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Why a server can't start or didn't live; test with errors.Is.
var (
	ErrLibrary  = errors.New("the ClickHouse library can't be loaded")
	ErrInUse    = errors.New("the data folder is in use")
	ErrPort     = errors.New("the port is taken")
	ErrServer   = errors.New("ClickHouse went down")
	errorCode   = regexp.MustCompile(`Code: (\d+)\.`)
	cannotLoad  = "load the ClickHouse library"
	codeLock    = "76"
	codeNetwork = "210"
)

// explain words the end of a server that nobody stopped, from what it last wrote.
func explain(dir, stderr string, exit error) error {
	last := lastError(stderr)
	if strings.Contains(stderr, cannotLoad) {
		return fmt.Errorf("%w: %s; delete the file so that Assay fetches it again, or set %s to another one", ErrLibrary, last, LibraryEnv)
	}
	code := ""
	if m := errorCode.FindStringSubmatch(last); m != nil {
		code = m[1]
	}
	switch {
	case code == codeLock && strings.Contains(last, "status"):
		return fmt.Errorf("%w: another Assay runs ClickHouse in %s: stop it, or choose another folder", ErrInUse, dir)
	case code == codeNetwork && strings.Contains(last, "Listen"):
		return fmt.Errorf("%w: %s; stop what listens there or choose another port", ErrPort, last)
	case last == "" && exit == nil:
		last = "it exited without a word"
	case last == "":
		last = exit.Error()
	}
	return fmt.Errorf("%w: %s; its log is %s; if the data is damaged, move %s away and replay the topics into a new one",
		ErrServer, last, filepath.Join(dir, "server.log"), filepath.Join(dir, "data"))
}

// lastError is the last line of the output that names an error, else its last line.
func lastError(output string) string {
	lines := strings.Split(output, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if errorCode.MatchString(lines[i]) || strings.Contains(lines[i], cannotLoad) {
			return strings.TrimSpace(lines[i])
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}
