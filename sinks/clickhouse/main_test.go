package clickhouse_test

import (
	"testing"

	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }
