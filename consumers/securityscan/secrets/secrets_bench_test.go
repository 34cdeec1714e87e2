package secrets

import (
	"strings"
	"testing"
)

func BenchmarkScan(b *testing.B) {
	s := scanner(b)
	body := strings.Repeat(`def total(items, api_version="2"):
    key = items[0].name  # the client's
    log.info("total of %s for %s", key, request.headers.get('X-Tenant', ""))
    return sum(i.price for i in items)

`, 6)
	for _, bench := range []struct{ name, code string }{
		{"clean-1KB", body[:1024]},
		{"secret-1KB", body[:900] + "\ntoken = '" + githubToken() + "'\npassword = '" + "Tr0ub4dor" + "-3'\n"},
		{"adversarial-256KB", strings.Repeat(`password="a":"b"=key=`, 12500)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.code)))
			b.ReportAllocs()
			for b.Loop() {
				s.Scan("python", "app/main.py", bench.code)
			}
		})
	}
}
