package tail

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Rotated says that name is what rotation would call an older segment of the
// log base, both without their directory: app.log.1, app.log.2.gz,
// app.log-20261124, app-2026-11-24T08-15-00.000.log, app.1.log. It judges the
// name alone: app.log.lock and app.log.tmp are not, nor is app-errors.log.
func Rotated(base, name string) bool {
	_, ok := markerOf(base, name)
	return ok
}

// Siblings are the files beside path whose names say that they are older
// segments of it, oldest first, with their directory; archives included. Where
// path is a symbolic link, they are beside the file that it leads to.
func Siblings(path string) ([]string, error) {
	target := resolve(path)
	all, err := list(filepath.Dir(target), filepath.Base(target), false, func(dir, _ string) ([]string, error) { return readNames(dir) })
	if err != nil {
		return nil, err
	}
	arrange(all, "", "")
	paths := make([]string, len(all))
	for i := range all {
		paths[i] = all[i].path
	}
	return paths, nil
}

// resolve is the file that path leads to through symbolic links; path itself when it leads nowhere.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// marker is what rotation put into a name: a number or a time.
type marker struct {
	text   string  // as it is in the name, without the separator before it and without the archive's ending
	groups []int64 // its groups of digits; none for "old"
	number bool    // a short number: a count of rotations, not a time
}

// old are the words that rotation puts where it keeps only one segment.
var old = []string{"old", "prev", "previous"}

// markerOf is what rotation put into name. It goes behind base, or before its extension.
func markerOf(base, name string) (marker, bool) {
	plain, _ := unpacked(name)
	if rest, ok := strings.CutPrefix(plain, base); ok && len(rest) > 1 && strings.ContainsRune(".-_@", rune(rest[0])) {
		return parseMarker(rest[1:])
	}
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	if stem == "" || ext == "" {
		return marker{}, false
	}
	rest, ok := strings.CutPrefix(plain, stem)
	if !ok {
		return marker{}, false
	}
	if rest, ok = strings.CutSuffix(rest, ext); ok && len(rest) > 1 && strings.ContainsRune(".-_@", rune(rest[0])) {
		return parseMarker(rest[1:])
	}
	return marker{}, false
}

// longestCount is the number of digits up to which a number alone counts rotations; longer ones are dates and times.
const longestCount = 5

// parseMarker takes numbers, and dates and times in whatever form: digits and
// what stands between the parts of a time.
func parseMarker(text string) (marker, bool) {
	if slices.Contains(old, text) {
		return marker{text: text}, true
	}
	if text == "" || len(text) > 48 || text[0] < '0' || text[0] > '9' {
		return marker{}, false
	}
	m := marker{text: text}
	for group := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.ParseInt(group, 10, 64)
		if err != nil {
			return marker{}, false
		}
		m.groups = append(m.groups, n)
	}
	for _, r := range text {
		if (r < '0' || r > '9') && !strings.ContainsRune("-_.:T+Z", r) {
			return marker{}, false
		}
	}
	m.number = len(m.groups) == 1 && len(text) <= longestCount
	return m, true
}

// older orders times: the earlier first.
func (m marker) older(o marker) int {
	if d := slices.Compare(m.groups, o.groups); d != 0 {
		return d
	}
	return cmp.Compare(m.text, o.text)
}

// skeleton is a name with its digits made equal: names with the same one hold
// the same log at different times.
func skeleton(name string) string {
	plain, _ := unpacked(name)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, plain)
}

// digits are the groups of digits of a name.
func digits(name string) []int64 {
	var groups []int64
	for group := range strings.FieldsFuncSeq(name, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.ParseInt(group, 10, 64); err == nil {
			groups = append(groups, n)
		}
	}
	return groups
}
