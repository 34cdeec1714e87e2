package clickhouse

import "slices"

// absent reports whether no row of the column has a value. Such a column isn't sent: the server fills in the type's
// default, which is what absence is in the tables, and most facts are absent from most kinds of event.
func absent(column any) bool {
	switch c := column.(type) {
	case []string:
		return none(c, func(v string) bool { return v != "" })
	case []*int32:
		return none(c, func(v *int32) bool { return v != nil })
	case []*int64:
		return none(c, func(v *int64) bool { return v != nil })
	case []*float64:
		return none(c, func(v *float64) bool { return v != nil })
	case []*bool:
		return none(c, func(v *bool) bool { return v != nil })
	case [][]int64:
		return none(c, func(v []int64) bool { return len(v) > 0 })
	case [][]string:
		return none(c, func(v []string) bool { return len(v) > 0 })
	case []map[string]string:
		return none(c, func(v map[string]string) bool { return len(v) > 0 })
	default: // plain numbers, which are facts in every row
		return false
	}
}

func none[T any](column []T, has func(T) bool) bool { return !slices.ContainsFunc(column, has) }
