package tail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrUnstable is the error of Open when files are being renamed right now, and
// of Options.Names when it cannot answer yet: look again later. Read makes io.EOF of it.
var ErrUnstable = errors.New("files are being renamed")

var errUnstable = ErrUnstable

// looks is how often the files are looked at before that is left for later.
const looks = 8

// scan is what lies at and beside the path: older files in no order, the live
// one last when there is one. A directory is not read in one moment, and while
// rotation renames files, one may be seen twice or not at all: two looks must agree.
func (l *Log) scan() ([]sibling, string, error) {
	var last []sibling
	since := time.Now()
	names := namer(func(dir, _ string) ([]string, error) { return readNames(dir) })
	if l.opt.Names != nil {
		names = func(dir, prefix string) ([]string, error) { return l.opt.Names(dir, prefix, since) }
	}
	for i := range looks {
		all, target, err := l.look(names)
		if err != nil {
			return nil, "", err
		}
		if i > 0 && slices.EqualFunc(all, last, func(a, b sibling) bool { return a.path == b.path && a.id == b.id }) {
			return all, target, nil
		}
		last = all
	}
	return nil, "", errUnstable
}

// follow is the file that the path leads to, "" when it is no symbolic link.
func (l *Log) follow() (string, error) {
	info, err := os.Lstat(l.path)
	if err != nil {
		return "", err
	}
	if info.Mode()&os.ModeSymlink == 0 {
		return "", nil
	}
	return filepath.EvalSymlinks(l.path)
}

// look is one look at the files.
func (l *Log) look(names namer) (all []sibling, target string, err error) {
	target, err = l.follow()
	if errors.Is(err, fs.ErrNotExist) {
		target, err = l.target, nil
	}
	if err != nil {
		return nil, "", err
	}
	path := l.path
	if target != "" {
		path = target
	}
	if l.target != "" && target != "" && l.target != target {
		all, err = l.swapped(target, names)
	} else {
		all, err = list(filepath.Dir(path), filepath.Base(path), true, names)
	}
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b sibling) int { return strings.Compare(a.path, b.path) })
	st, err := stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, target, nil
	}
	if err != nil {
		return nil, "", err
	}
	// A hard link to the live file is the live file.
	all = slices.DeleteFunc(all, func(s sibling) bool { return s.id == st.id })
	live := sibling{path: path, id: st.id, size: st.size, time: st.time, live: true, turn: liveTurn}
	return append(all, live), target, nil
}

// swapped are the older files when the symbolic link leads elsewhere than it
// did: the file it led to with its siblings, and those whose names lie between
// the two when the names are of one form: app-2026-11-24.log. What lies beside
// the new one is not ours.
func (l *Log) swapped(target string, names namer) ([]sibling, error) {
	dir, base := filepath.Split(l.target)
	all, err := list(filepath.Clean(dir), base, false, names)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	there, err := names(filepath.Clean(dir), "")
	if err != nil {
		return nil, err
	}
	from, to := digits(base), digits(filepath.Base(target))
	family := skeleton(base) == skeleton(filepath.Base(target)) && filepath.Clean(dir) == filepath.Dir(target)
	for _, name := range there {
		plain, archive := unpacked(name)
		if archive && slices.Contains(there, plain) {
			continue
		}
		d := digits(plain)
		s := sibling{path: filepath.Join(dir, name), archive: archive, marker: marker{text: plain, groups: d}}
		switch {
		case plain == base:
			s.turn = targetTurn
		case family && skeleton(name) == skeleton(base) && slices.Compare(d, from) > 0 && slices.Compare(d, to) < 0:
			s.turn = familyTurn
		default:
			continue
		}
		st, err := stat(s.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(o sibling) bool { return o.path == s.path })
		s.id, s.size, s.time = st.id, st.size, st.time
		all = append(all, s)
	}
	return all, nil
}
