package embedded

import (
	"fmt"
	"os"
	"testing"
)

const childEnv = "ASSAY_TEST_CLICKHOUSE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		exit(RunChild(os.Args[1:]))
	}
	if dir := os.Getenv(parentEnv); dir != "" {
		exit(runParent(dir))
	}
	os.Setenv(childEnv, "1")
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
