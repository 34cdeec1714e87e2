package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
	"github.com/assayhq/assay/topology/partlog"
)

// leaks is where a canary stands in a text, or negative.
func leaks(text []byte) int {
	for _, word := range []string{"kanari", "Kanari", "KANARI"} {
		if i := bytes.Index(text, []byte(word)); i >= 0 {
			return i
		}
	}
	return -1
}

var canaryNumber = regexp.MustCompile(`(?i)kanari([a-z]{4})`)

// finder fails a test where a canary stands in what it looks at.
type finder struct {
	t       *testing.T
	planted []string
	seen    map[string]bool // what was reported: a leak shows in many records
	read    map[string]int  // how many there were to look at
}

func (f *finder) look(where string, text []byte) {
	f.t.Helper()
	i := leaks(text)
	if i < 0 {
		return
	}
	from := "?"
	if m := canaryNumber.FindSubmatch(text[i:]); m != nil {
		n := 0
		for _, letter := range slices.Backward(bytes.ToLower(m[1])) {
			n = n*26 + int(letter-'a')
		}
		if n < len(f.planted) {
			from = f.planted[n]
		}
	}
	if what := where + from; !f.seen[what] {
		f.seen[what] = true
		f.t.Errorf("%s: a canary stands in %.160q; it was planted in %s", where, text[max(0, i-40):], from)
	}
}

func (f *finder) count(what string) {
	f.read[what]++
}

// records looks into every record of Kafka, decompressed: keys, values and headers.
func (f *finder) records(up *serving) {
	t := f.t
	t.Helper()
	cluster := topology.Cluster{Brokers: up.Brokers}
	client := localtest.Client(t, cluster)
	all, err := client.Metadata(t.Context(), &kafka.MetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range all.Topics {
		for p := range topic.Partitions {
			reader, err := partlog.NewReader(cluster, client, topic.Name, p)
			if err != nil {
				t.Fatal(err)
			}
			for offset, end := int64(0), int64(1); offset < end; {
				chunk, err := reader.Fetch(t.Context(), offset, 8<<20, time.Millisecond)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range chunk.Records {
					f.count("records")
					f.look(topic.Name, r.Key)
					f.look(topic.Name, r.Value)
					for _, h := range r.Headers() {
						f.look(topic.Name+" "+h.Key, h.Value)
					}
				}
				offset, end = chunk.Next, chunk.End
			}
			reader.Close()
		}
	}
}

// columns looks into every column of ClickHouse that may hold text, in its own tables, too.
func (f *finder) columns(data string) {
	t := f.t
	t.Helper()
	var parts []string
	for _, c := range query(t, data, `SELECT database, table, name FROM system.columns WHERE (type LIKE '%String%' OR type LIKE '%Enum%') AND type NOT LIKE '%AggregateFunction%'
		AND (database, table) IN (SELECT database, name FROM system.tables WHERE engine LIKE '%MergeTree%')`) {
		f.count("columns")
		parts = append(parts, fmt.Sprintf("SELECT '%[1]s.%[2]s.%[3]s' AS place, any(substring(text, greatest(1, positionCaseInsensitive(text, 'kanari') - 60), 200)) AS found FROM (SELECT toString(`%[3]s`) AS text FROM `%[1]s`.`%[2]s` WHERE positionCaseInsensitive(text, 'kanari') > 0) HAVING count() > 0",
			c["database"], c["table"], c["name"]))
	}
	for len(parts) > 0 {
		n := min(len(parts), 50)
		for _, hit := range query(t, data, strings.Join(parts[:n], " UNION ALL ")) {
			f.look(hit["place"].(string), []byte(hit["found"].(string)))
		}
		parts = parts[n:]
	}
}

// files looks into every file below a folder, and at their names.
func (f *finder) files(dir string) {
	t := f.t
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f.count("files")
		text, err := os.ReadFile(path)
		f.look(path, text)
		f.look("the name of a file", []byte(filepath.Base(path)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
