package embedded

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Why a server can't start or didn't live; test with errors.Is.
var (
	ErrLibrary = errors.New("the ClickHouse library can't be loaded")
	ErrInUse   = errors.New("the data folder is in use")
	ErrPort    = errors.New("the port is taken")
	ErrServer  = errors.New("ClickHouse went down")
)

const (
	cannotLoad  = "load the ClickHouse library" // how RunChild's error starts
	codeLock    = "76"                          // CANNOT_OPEN_FILE: also of the lock on the data
	codeNetwork = "210"                         // NETWORK_ERROR
)

// explain words the end of a server that nobody stopped, from what it last wrote.
func explain(dir, stderr string, exit error) error {
	cause := firstError(stderr)
	if strings.Contains(stderr, cannotLoad) {
		return fmt.Errorf("%w: %s; delete the file so that Assay fetches it again, or set %s to another one", ErrLibrary, cause, LibraryEnv)
	}
	code := ""
	if m := errorCode.FindStringSubmatch(cause); m != nil {
		code = m[1]
	}
	switch {
	case code == codeLock && strings.Contains(cause, "status"):
		return inUse(dir)
	case code == codeNetwork && strings.Contains(cause, "Listen"):
		return fmt.Errorf("%w: %s; stop what listens there or choose another port", ErrPort, cause)
	case cause == "" && exit == nil:
		cause = "it exited without a word"
	case cause == "":
		cause = exit.Error()
	}
	return fmt.Errorf("%w: %s; its log is %s; if the data is damaged, move %s away and replay the topics into a new one",
		ErrServer, cause, filepath.Join(dir, "server.log"), filepath.Join(dir, "data"))
}

// firstError is the first line of the output that names an error, else the last that isn't about log files.
func firstError(output string) string {
	last := ""
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, "Logging ") {
			last = strings.TrimSpace(line)
		}
		if errorCode.MatchString(line) || strings.Contains(line, cannotLoad) {
			break
		}
	}
	return last
}

func inUse(dir string) error {
	return fmt.Errorf("%w: another Assay runs ClickHouse in %s: stop it, or choose another folder", ErrInUse, dir)
}
