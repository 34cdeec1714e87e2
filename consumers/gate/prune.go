package gate

import (
	"cmp"
	"slices"
	"time"
)

// For how long things are kept, milliseconds of event time.
var (
	keepShown  = (24 * time.Hour).Milliseconds()      // suggestions that nobody took
	keepTaken  = (30 * 24 * time.Hour).Milliseconds() // suggestions that no change carries; triages
	keepMerged = (30 * 24 * time.Hour).Milliseconds() // merged changes: within this time a revert can be asked for
	pruneEvery = time.Hour.Milliseconds()
)

const (
	pruneInputs = 64        // at the latest
	room        = 500 << 10 // bytes of state, about; the changelog takes a megabyte at most
	maxVersions = 200
)

// prune forgets what is old. Where a repository needs more than its room, the least needed goes first; what may then be missed is
// counted in the attribute forgotten of every later decision.
func (s *repository) prune() {
	if s.Now-s.Pruned < pruneEvery && s.Fresh < pruneInputs {
		return
	}
	s.Pruned, s.Fresh = s.Now, 0
	for id, c := range s.Changes {
		if c.Merged > 0 && s.Now-c.Merged > keepMerged {
			delete(s.Changes, id)
		}
	}
	carried := map[string]bool{}
	for _, c := range s.Changes {
		for _, id := range c.Links {
			carried[id] = true
		}
	}
	for id, g := range s.Suggestions {
		age := s.Now - g.At
		if !carried[id] && (age > keepTaken || !g.Taken && age > keepShown) {
			delete(s.Suggestions, id)
		}
	}
	for id, t := range s.Triages {
		if s.Now-t.At > keepTaken {
			delete(s.Triages, id)
		}
	}
	s.makeRoom(carried)
}

// evictable is something that can go, in the order of class and age.
type evictable struct {
	class int
	at    int64
	id    string
	size  int
	drop  func()
}

// size is that of the state: what makeRoom can free, and the rest.
func (s *repository) size(carried map[string]bool) int {
	used := 64 * (len(s.Triages) + len(s.Suppressions) + len(s.Rules) + len(s.Versions))
	for id, g := range s.Suggestions {
		if used += g.size(); !carried[id] {
			used += len(id)
		}
	}
	for id, c := range s.Changes {
		used += 4*len(c.Prints)/3 + c.size() + len(id)
	}
	for id := range s.Triages {
		used += len(id)
	}
	if len(s.Versions) > maxVersions {
		for version := range s.Versions {
			used += len(version)
		}
	}
	return used
}

func (s *repository) makeRoom(carried map[string]bool) {
	used := s.size(carried)
	if used <= room {
		return
	}
	var all []evictable
	add := func(class int, at int64, id string, size int, drop func()) {
		all = append(all, evictable{class, at, id, size, drop})
	}
	for id, g := range s.Suggestions {
		class := 0
		if g.Taken {
			class = 2
		}
		if carried[id] {
			continue
		}
		add(class, g.At, id, g.size()+len(id), func() {
			delete(s.Suggestions, id)
			if g.Taken {
				s.Forgotten++
			}
		})
	}
	for id, c := range s.Changes {
		if c.Merged > 0 {
			add(1, c.Merged, id, 4*len(c.Prints)/3, func() { c.Prints = nil })
			add(3, c.Merged, id, c.size()+len(id), func() { delete(s.Changes, id); s.Forgotten++ })
			continue
		}
		add(4, c.Seen, id, 4*len(c.Prints)/3+c.size()+len(id), func() { delete(s.Changes, id); s.Forgotten++ })
	}
	for id, t := range s.Triages {
		add(2, t.At, id, len(id), func() { delete(s.Triages, id) })
	}
	for version, at := range s.Versions {
		if len(s.Versions) > maxVersions {
			add(0, at, version, len(version), func() { delete(s.Versions, version) })
		}
	}
	slices.SortFunc(all, func(a, b evictable) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
	})
	for _, e := range all {
		if used <= room {
			return
		}
		used -= e.size
		e.drop()
	}
}

// The sizes are those of the JSON, about.

func (g *suggestion) size() int {
	n := 150 + 4*len(g.Prints)/3 + len(g.Change) + len(g.File) + len(g.Path) + len(g.Model) + len(g.Version) + len(g.Feature) + len(g.Language) + width(g.Commits)
	for id, f := range g.Findings {
		n += 140 + len(id) + len(f.Rule)
	}
	return n
}

func (c *change) size() int {
	n := 200 + len(c.Author) + width(c.Commits) + width(c.MergedAs) + width(c.Links) + width(c.Keys)
	for _, r := range []*review{c.Gate, c.Reviewed} {
		if r != nil {
			n += 60 + len(r.By) + len(r.Reason) + width(r.Covers)
		}
	}
	return n
}

func width(list []string) int {
	n := 0
	for _, s := range list {
		n += len(s) + 3
	}
	return n
}
