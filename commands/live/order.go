package live

import (
	"cmp"
	"slices"
	"strings"
)

// order is what the table is sorted by.
type order int

const (
	byVerdict order = iota
	byCount
	byChange
	byRate
	byName
	orders
)

func (o order) String() string {
	return [...]string{"verdict", "count", "change", "rate", "name"}[o]
}

// compare puts what is worth a look first; equal sites stay in the order of
// their names, so that rows do not dance.
func (o order) compare(x, y *site) int {
	first := 0
	switch o {
	case byVerdict:
		first = cmp.Or(cmp.Compare(worst(y), worst(x)), cmp.Compare(y.Rate, x.Rate), cmp.Compare(y.Count, x.Count))
	case byCount:
		first = cmp.Compare(y.Count, x.Count)
	case byChange:
		first = cmp.Compare(y.Change, x.Change)
	case byRate:
		first = cmp.Compare(y.Rate, x.Rate)
	}
	return cmp.Or(first, cmp.Compare(x.Name, y.Name), cmp.Compare(x.Key, y.Key))
}

// rows are the sites of the target shown that the filter lets through, in order.
func (m model) rows() []*site {
	wanted := strings.ToLower(m.filter)
	var rows []*site
	sites := m.target().Sites
	for i := range sites {
		if s := &sites[i]; wanted == "" || s.matches(wanted) {
			rows = append(rows, s)
		}
	}
	slices.SortFunc(rows, m.sort.compare)
	return rows
}

// matches looks for lower-case text in all that a row shows or opens to.
func (s *site) matches(wanted string) bool {
	for _, text := range []string{string(s.Key), s.Name, s.Where, s.State, s.word(), s.detail.GoStatement} {
		if strings.Contains(strings.ToLower(text), wanted) {
			return true
		}
	}
	return false
}
