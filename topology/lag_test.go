package topology

import "testing"

func TestPartitionLag(t *testing.T) {
	for name, test := range map[string]struct {
		log           span
		committed     int64
		records, lost int64
	}{
		"behind":              {span{0, 10}, 4, 6, 0},
		"done":                {span{0, 10}, 10, 0, 0},
		"never committed":     {span{0, 10}, -1, 10, 0},
		"never, after a trim": {span{3, 10}, -1, 7, 0},
		"retention was first": {span{7, 10}, 4, 3, 3},
		"all was deleted":     {span{10, 10}, 4, 0, 6},
		"empty":               {span{0, 0}, -1, 0, 0},
		"log was cut":         {span{0, 5}, 9, 0, 0},
	} {
		lag := newPartitionLag("g", place{"t", 0}, test.log, commit{offset: test.committed})
		if lag.Records != test.records || lag.Lost != test.lost {
			t.Errorf("%s: %d records, %d lost; want %d, %d", name, lag.Records, lag.Lost, test.records, test.lost)
		}
	}
}
