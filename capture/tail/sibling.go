package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sibling is a file that may hold a segment.
type sibling struct {
	path    string
	marker  marker
	id      identity
	size    int64 // of the file
	time    int64 // when it was last written to, in Unix ns
	archive bool
	live    bool // it is what the path leads to
	turn    int  // what orders siblings before names and times do
	odd     bool // its name is none that rotation gives: it is looked at only to find a segment that is known
}

// The turns of siblings. All but the last are 0 unless a symbolic link has come to lead elsewhere.
const (
	targetTurn = 1 + iota // the file that a symbolic link led to before
	familyTurn            // those it may have led to in between
	liveTurn
)

// list are the files in dir that may hold segments of base, base itself left
// out, in no order. Where a file is there both packed and as it was, only the
// latter is listed: the archive may not be finished. odd wants others too whose
// names begin with base.
func list(dir, base string, odd bool, names namer) ([]sibling, error) {
	inDir, err := names(dir, strings.TrimSuffix(base, filepath.Ext(base)))
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool)
	var all []sibling
	for _, name := range inDir {
		m, ok := markerOf(base, name)
		if !ok && (!odd || name == base || !strings.HasPrefix(name, base)) {
			continue
		}
		s := sibling{path: filepath.Join(dir, name), marker: m, odd: !ok}
		if s.odd {
			s.turn = -1
		}
		_, s.archive = unpacked(name)
		st, err := stat(s.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed or removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		if !st.regular {
			continue
		}
		s.id, s.size, s.time = st.id, st.size, st.time
		there[name] = true
		all = append(all, s)
	}
	return slices.DeleteFunc(all, func(s sibling) bool {
		plain, archive := unpacked(filepath.Base(s.path))
		return archive && there[plain]
	}), nil
}

// namer says which names in dir begin with prefix; others may be among them.
type namer func(dir, prefix string) ([]string, error)

// readNames are all names in dir.
func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	return d.Readdirnames(-1)
}

// arrange sorts siblings, the oldest first. before and mine are the paths of
// the segment before the current one, and of the current one, where they are
// known: between them they show which way numbers count.
func arrange(all []sibling, before, mine string) {
	numbers, times := true, true
	for _, s := range all {
		if s.turn != 0 {
			continue
		}
		numbers = numbers && s.marker.number
		times = times && !s.marker.number && s.marker.groups != nil
	}
	up := numbers && countsUp(all, before, mine)
	slices.SortStableFunc(all, func(a, b sibling) int {
		switch {
		case a.turn != b.turn:
			return cmp.Compare(a.turn, b.turn)
		case times && !a.odd, a.turn == familyTurn:
			return a.marker.older(b.marker)
		case !numbers || a.turn != 0:
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(b.path, a.path))
		case up:
			return cmp.Compare(a.marker.groups[0], b.marker.groups[0])
		default:
			return cmp.Compare(b.marker.groups[0], a.marker.groups[0])
		}
	})
}

// countsUp says that the newest segment has the highest number. Mostly it has
// the lowest. Known segments are proof; without them, three or more segments
// that were all written to in the order of their numbers. The times of archives
// say when they were packed, and those are no evidence.
func countsUp(all []sibling, before, mine string) bool {
	var first, second int64 = -1, -1
	plain := make([]sibling, 0, len(all))
	for _, s := range all {
		if s.turn != 0 {
			continue
		}
		switch s.path {
		case before:
			first = s.marker.groups[0]
		case mine:
			second = s.marker.groups[0]
		}
		if !s.archive {
			plain = append(plain, s)
		}
	}
	if first >= 0 && second >= 0 && first != second {
		return first < second
	}
	slices.SortFunc(plain, func(a, b sibling) int { return cmp.Compare(a.marker.groups[0], b.marker.groups[0]) })
	for i := 1; i < len(plain); i++ {
		if plain[i].time <= plain[i-1].time {
			return false
		}
	}
	return len(plain) >= 3
}
