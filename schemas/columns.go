package schemas

// The columns that the generated code is made of. Nullable numbers and arrays keep their elements in one slice
// each and hand out references: when that slice grows, earlier references keep the old memory alive, with the same values.

type nullable[T any] struct {
	values []T
	refs   []*T
}

func (c *nullable[T]) add(r *reader, read func() T) {
	if !r.present() {
		c.refs = append(c.refs, nil)
		return
	}
	c.values = append(c.values, read())
	c.refs = append(c.refs, &c.values[len(c.values)-1])
}

func (c *nullable[T]) truncate(n int) {
	c.refs = cut(c.refs, n)
	if n == 0 {
		c.values = c.values[:0]
	}
}

type lists[T any] struct {
	values []T
	rows   [][]T
}

func (c *lists[T]) add(r *reader, read func() T) {
	from := len(c.values)
	r.blocks(func() { c.values = append(c.values, read()) })
	c.rows = append(c.rows, c.values[from:len(c.values):len(c.values)])
}

func (c *lists[T]) truncate(n int) {
	c.rows = cut(c.rows, n)
	if n == 0 {
		c.values = c.values[:0]
	}
}

var noAttributes = map[string]string{}

func readMap(r *reader, str func() string) map[string]string {
	m := noAttributes
	r.blocks(func() {
		if len(m) == 0 {
			m = make(map[string]string, 4)
		}
		k := str()
		m[k] = str()
	})
	return m
}

// cut drops what lies beyond n; a column that an error kept from growing is already short enough.
func cut[T any](s []T, n int) []T {
	if len(s) <= n {
		return s
	}
	clear(s[n:])
	return s[:n]
}

func readList[T any](r *reader, read func() T) []T {
	var out []T
	r.blocks(func() { out = append(out, read()) })
	return out
}
