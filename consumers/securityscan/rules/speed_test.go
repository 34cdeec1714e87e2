package rules_test

import (
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/rules"
)

// A snippet of about 1 KB with what ordinary code has: imports, functions, calls, strings, conditions.
const ordinary = `import json
import logging
import requests

log = logging.getLogger(__name__)


class Client:
    def __init__(self, base, timeout=5):
        self.base = base
        self.timeout = timeout
        self.session = requests.Session()

    def orders(self, customer, since=None):
        params = {"customer": customer}
        if since is not None:
            params["since"] = since.isoformat()
        response = self.session.get(self.base + "/orders", params=params, timeout=self.timeout)
        response.raise_for_status()
        found = []
        for row in response.json()["orders"]:
            if row.get("state") == "cancelled":
                log.info("order %s of %s was cancelled", row["id"], customer)
                continue
            found.append(Order(row["id"], row["total"], [Item(**i) for i in row["items"]]))
        return found

    def total(self, customer):
        return sum(o.total for o in self.orders(customer)) or 0
`

func BenchmarkScan(b *testing.B) {
	pack, err := rules.Load()
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct{ name, code string }{
		{"1KB", ordinary},
		{"256KB", strings.Repeat(ordinary, 256<<10/len(ordinary))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.code)))
			b.ReportAllocs()
			for b.Loop() {
				pack.Scan("python", bench.code)
			}
		})
	}
}
