package embedded

import (
	"fmt"
	"os"
	"testing"
)

const childEnv = "ASSAY_TEST_CLICKHOUSE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		if err := RunChild(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Setenv(childEnv, "1")
	os.Exit(m.Run())
}
