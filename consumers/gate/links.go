package gate

import "slices"

// link says anew which suggestions a change carries.
func (s *repository) link(id string, c *change) {
	for suggestion, g := range s.Suggestions {
		s.join(id, c, suggestion, g)
	}
}

// relink says anew which changes carry a suggestion, and returns those that do or did.
func (s *repository) relink(suggestion string, g *suggestion) (changes []string) {
	for _, id := range s.allChanges() {
		c := s.Changes[id]
		_, before := slices.BinarySearch(c.Links, suggestion)
		s.join(id, c, suggestion, g)
		if _, now := slices.BinarySearch(c.Links, suggestion); before || now {
			changes = append(changes, id)
		}
	}
	return changes
}

// carriers returns the changes that are known to carry a suggestion.
func (s *repository) carriers(suggestion string) (changes []string) {
	for _, id := range s.allChanges() {
		if _, carries := slices.BinarySearch(s.Changes[id].Links, suggestion); carries {
			changes = append(changes, id)
		}
	}
	return changes
}

func (s *repository) join(id string, c *change, suggestion string, g *suggestion) {
	i, there := slices.BinarySearch(c.Links, suggestion)
	carries := c.carries(id, g)
	switch {
	case carries && !there:
		c.Links = slices.Insert(c.Links, i, suggestion)
	case !carries && there && c.Merged == 0: // what was merged stays so, also when its fingerprints are forgotten
		c.Links = slices.Delete(c.Links, i, i+1)
	}
}

// carries tells whether a suggestion that was taken is in the change: it is attributed to it and not shown to be gone, or most of its
// fingerprints are there.
func (c *change) carries(id string, g *suggestion) bool {
	if !g.Taken {
		return false
	}
	share, of := g.Prints.in(c.Prints, changePrints)
	if of >= enoughGone && share < contained {
		return false
	}
	return g.Change == id || meet(g.Commits, c.Commits) || of >= enoughLink
}

// superseded tells whether a finding's code was replaced within the change: whether a suggestion that was taken later for the same
// file, and is a version of the same code where both have fingerprints, was scanned whole without that rule.
func (s *repository) superseded(c *change, g *suggestion, rule string) bool {
	for _, id := range c.Links {
		later := s.Suggestions[id]
		if later == nil || later.At <= g.At || later.File != g.File || later.Scan != scanned || later.fires(rule) {
			continue
		}
		if share, of := g.Prints.in(later.Prints, suggestionPrints); of == 0 || share >= rewritten {
			return true
		}
	}
	return false
}

func (g *suggestion) fires(rule string) bool {
	for _, f := range g.Findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}
