package local_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

func TestCompactionAtStart(t *testing.T) {
	dir := t.TempDir()
	l := start(t, dir)
	client := localtest.Client(t, l.Cluster())
	plan, err := topology.Topology{Topics: []topology.Topic{{Name: "assay.x.state", Partitions: 1, Compact: true}}}.Plan(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), client, false); err != nil {
		t.Fatal(err)
	}
	fill(t, l.Cluster(), "a", "b")
	const writes = 80
	value := make([]byte, 900_000)
	for i := range writes {
		value[0] = byte(i)
		response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: "assay.x.state", RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Key: kafka.NewBytes([]byte{byte(i % 3)}), Value: kafka.NewBytes(bytes.Clone(value))}),
		})
		if err != nil || response.Error != nil {
			t.Fatal(err, response)
		}
	}
	stop(t, l)
	before := folderBytes(t, dir)

	// A kill while the engine had deleted the partitions and not yet written them leaves only the copy.
	partitions := filepath.Join(dir, "kafka", "partitions")
	if err := os.Rename(partitions, partitions+".before-compaction"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l = start(t, dir)
		expectKept(t, l.Cluster(), 2)
		last := map[byte]byte{}
		client = localtest.Client(t, l.Cluster())
		for offset := int64(0); offset < writes; {
			response, err := client.Fetch(t.Context(), &kafka.FetchRequest{Topic: "assay.x.state", Offset: offset, MinBytes: 1, MaxBytes: 4 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if errors.Is(response.Error, kafka.OffsetOutOfRange) { // the engine moves the log's start to the first record left
				offset = response.LogStartOffset
				continue
			}
			for {
				record, err := response.Records.ReadRecord()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				key, _ := kafka.ReadAll(record.Key)
				value, _ := kafka.ReadAll(record.Value)
				last[key[0]], offset = value[0], record.Offset+1
			}
		}
		if len(last) != 3 || last[0] != 78 || last[1] != 79 || last[2] != 77 {
			t.Errorf("the last values are %v", last)
		}
		stop(t, l)
	}
	if after := folderBytes(t, dir); after > before/10 {
		t.Errorf("%d bytes of %d are left", after, before)
	}
}

func folderBytes(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}
