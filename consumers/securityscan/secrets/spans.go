package secrets

// Spans returns where secrets stand in a text of no particular language, as bytes [start, end), in order: for those who take
// them out.
func (s Scanner) Spans(text string) [][2]int {
	found, _ := s.Scan("", "", text)
	spans := make([][2]int, len(found))
	for i, w := range found {
		spans[i] = [2]int{w.Start, w.End}
	}
	return spans
}
