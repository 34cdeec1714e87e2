package evaluate

import "testing"

func TestFigures(t *testing.T) {
	at := func(m int64) *int64 { return &m }
	rows := [][3]int64{{0, 10, 1}, {1, 10, 1}, {2, 10, 5}, {3, 10, 5}, {4, 10, 1}}
	var f Figures
	f.Add(Stream{Minutes: rows, Change: at(2), Fix: at(4)}, []Fire{{Minute: 1}, {Minute: 2}, {Minute: 3, Full: at(3)}, {Minute: 4}})
	f.Add(Stream{Minutes: rows, Change: at(2), Fix: at(4)}, nil)
	f.Finish()
	if f.FalseAlarms != 2 || f.Exposed != 60 || f.Missed != 1 || *f.Median != 10 || *f.FullMedian != 20 || f.P90 != nil || *f.FalsePer10k != 2e4/60 {
		t.Errorf("%+v", f)
	}
	var blip Figures
	blip.Add(Stream{Minutes: rows, Blip: at(2)}, []Fire{{Minute: 3}})
	blip.Add(Stream{Minutes: rows, Blip: at(2)}, []Fire{{Minute: 41, Full: at(61)}})
	blip.Add(Stream{Minutes: rows, Blip: at(2)}, []Fire{{Minute: 62, Full: at(62)}})
	blip.Finish()
	if *blip.OnBlip != 2./3 || *blip.FullOnBlip != 1./3 || blip.Median != nil || blip.FalseAlarms != 3 {
		t.Errorf("%+v", blip)
	}
}
