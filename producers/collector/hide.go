package collector

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/privacy/redact"
	"github.com/assayhq/assay/schemas"
)

// PrivacyAttribute says, on an event of which anything was hidden or redacted, by which version of the rules and how much:
// "rules=1 hidden=2 redacted=1", and "underived=1" where there was no room for what is derived from the code. `assay privacy`
// adds these up.
const PrivacyAttribute = "privacy"

// hidden counts what was done to an event's fields.
type hidden struct {
	tokens   int // identifiers that the draft says beside the event
	hidden   int // ids and names that didn't look like any
	redacted int // parts of texts

	underived int // 1 where the event has no room for what is derived from its code
}

// note says on the event what was done to it.
func (h hidden) note(e schemas.Event) {
	if h.hidden+h.redacted+h.underived == 0 {
		return
	}
	said := fmt.Sprintf("rules=%s hidden=%d redacted=%d", redact.Version, h.hidden, h.redacted)
	if h.underived > 0 {
		said += " underived=1"
	}
	for _, p := range placesOf(e.Record()) {
		if p.act != further {
			continue
		}
		to := reflect.ValueOf(e).Elem().FieldByIndex(p.index).Addr().Interface().(*map[string]string)
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[PrivacyAttribute] = said
	}
}

// hide applies the rules to the fields of the draft's event.
func (c *Collector) hide(d *intake.Draft) hidden {
	h := hider{Collector: c, org: d.Event.Env().Org, people: []string{d.User, d.Author, d.Reviewer, d.Owner, d.Approver}}
	v := reflect.ValueOf(d.Event).Elem()
	var attributes *map[string]string
	for _, p := range placesOf(d.Event.Record()) {
		if p.act == own {
			continue
		}
		field := v.FieldByIndex(p.index)
		switch at := field.Addr().Interface().(type) {
		case *string:
			if p.from != nil {
				if clear := p.from(d); clear != "" {
					*at = c.keys.Token(h.org, p.kind, clear)
					h.tokens++
					continue
				}
			}
			*at = h.value(p.rule, p.field, *at)
		case *[]string:
			for i, value := range *at {
				(*at)[i] = h.value(p.rule, p.field, value)
			}
		case *map[string]string:
			attributes = at
		default:
			panic(fmt.Sprintf("collector: no way to hide %s", p.field)) // TestEveryFieldHasARule
		}
	}
	h.attributes(attributes)
	h.note(d.Event)
	return h.hidden
}

// hider hides the fields of one event.
type hider struct {
	*Collector
	hidden
	org    string
	people []string // names that the event itself says are of people
}

func (h *hider) value(r rule, field, value string) string {
	switch {
	case value == "":
		return ""
	case r.act == text:
		return h.text(field, value)
	case r.act == identifier && opaque(value), r.act == name && h.technical(value):
		return value
	}
	h.hidden.hidden++
	return h.keys.Token(h.org, r.kind, value)
}

// text is a remark in words: a category stays as it is.
func (h *hider) text(field, value string) string {
	if strings.IndexByte(value, ' ') < 0 && h.technical(value) && !h.redact.HasSecret(field, value) {
		return value
	}
	clean, taken := h.redact.Text(value, h.people...)
	if taken == 0 && h.redact.HasSecret(field, value) { // only the name tells
		clean, taken = "["+redact.Secret+"]", 1
	}
	h.redacted += taken
	return clean
}

// technical reports whether a value looks like the name of a model, a tool or a kind, and is nobody's.
func (h *hider) technical(value string) bool {
	if terms.Name(value) != value || h.redact.HasSecret("", value) {
		return false
	}
	if strings.Contains(value, " ") && !terms.Title(value) { // as people's names are
		return false
	}
	if first, rest, ok := strings.Cut(value, "/"); ok { // "vendor/model" is one; hosts, folders and files aren't
		last := rest[strings.LastIndexByte(rest, '/')+1:]
		if strings.Contains(first, ".") || redact.IsFile(last) {
			return false
		}
	} else if redact.IsFile(value) {
		return false
	}
	for _, p := range h.people {
		if strings.EqualFold(p, value) {
			return false
		}
	}
	return true
}

// attributes redacts what a client says beyond the schema.
func (h *hider) attributes(to *map[string]string) {
	if to == nil {
		return
	}
	clean := make(map[string]string, len(*to)+1)
	for key, value := range *to {
		if terms.Word(key) != key || !h.technical(key) || key == PrivacyAttribute {
			h.hidden.hidden++
			key = h.keys.Token(h.org, "attribute", key)
		}
		if value != "" && (!opaque(value) || h.redact.HasSecret(key, value)) {
			value = h.text(key, value)
		}
		clean[key] = value
	}
	*to = clean
}
