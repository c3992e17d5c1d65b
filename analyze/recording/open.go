package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Recording is a watch as it lies on disk. It holds no open file.
type Recording struct {
	// Dir is where it was opened; nothing in a report may depend on it.
	Dir    string
	Target Target
	// Entries are all scrapes by Seq, failed and thinned ones among them.
	Entries []Entry
	// Missing names the files that should be there and are not, or not whole.
	Missing []string
	// Warnings say what is damaged, missing or recovered, one line each.
	Warnings []string

	meta []Source // target.json and index.jsonl
}

// Source is a file that a report rests on.
type Source struct {
	Name   string // in the recording's folder
	SHA256 string // hex
	Bytes  int64
}

// Open reads what the folder's index says and checks that the files are there
// and of the stated size; their content is checked by Read. It opens whatever
// a killed process, a torn copy or a flipped byte has left, and says in
// Warnings what is not there. It refuses ErrNotRecording and ErrNewer.
func Open(dir string) (*Recording, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &Error{Op: "open recording", Path: dir, Err: err}
	}
	defer root.Close()
	if !isRecording(root) {
		return nil, notRecording(dir)
	}
	o := opener{root: root, rec: &Recording{Dir: dir}, files: map[string]int64{}}
	if err := o.list(); err != nil {
		return nil, &Error{Op: "open recording", Path: dir, Err: err}
	}
	index := o.readIndex()
	if err := o.resolveTarget(index); err != nil {
		return nil, err
	}
	o.match(index)
	o.recoverOrphans()
	o.finish()
	return o.rec, nil
}

// OpenAll opens the recording in dir, or the recordings of several targets in
// its folders, by name.
func OpenAll(dir string) ([]*Recording, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, &Error{Op: "open recording", Path: dir, Err: err}
	}
	if IsRecording(dir) {
		r, err := Open(dir)
		if err != nil {
			return nil, err
		}
		return []*Recording{r}, nil
	}
	var all []*Recording
	for _, n := range names {
		sub := filepath.Join(dir, n.Name())
		if !n.IsDir() || !IsRecording(sub) {
			continue
		}
		r, err := Open(sub)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, notRecording(dir)
	}
	return all, nil
}

// IsRecording says whether Open would find something in dir, by content.
func IsRecording(dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	return isRecording(root)
}

func isRecording(root *os.Root) bool {
	for _, name := range []string{targetFile, indexFile} {
		if f, _, err := openRegular(root, name); err == nil {
			head := make([]byte, 512)
			n, _ := io.ReadFull(f, head)
			f.Close()
			if strings.Contains(string(head[:n]), schemaName) {
				return true
			}
		}
	}
	names, err := fs.ReadDir(root.FS(), ".")
	return err == nil && slices.ContainsFunc(names, func(n fs.DirEntry) bool {
		_, _, ok := parseName(n.Name())
		return ok
	})
}

func notRecording(dir string) error {
	return &Error{Op: "open recording", Path: dir, Err: ErrNotRecording,
		hint: "a recording is the folder that leak-watch --record wrote, with target.json and index.jsonl in it"}
}

// openRegular opens a file of the recording. A pipe or device in its place would block for ever.
func openRegular(root *os.Root, name string) (*os.File, int64, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%q is not a regular file", clip(name))
	}
	f, err := root.Open(name)
	return f, info.Size(), err
}

// opener is one Open under way.
type opener struct {
	root   *os.Root
	rec    *Recording
	files  map[string]int64 // data files in the folder that no entry has claimed, and their sizes
	unsaid int
	flawed []flaw
}

// warn keeps the first of them: a recording shot to pieces must not fill the memory with its description.
func (o *opener) warn(format string, args ...any) {
	const most = 200
	if len(o.rec.Warnings) >= most {
		o.unsaid++
		return
	}
	o.rec.Warnings = append(o.rec.Warnings, fmt.Sprintf(format, args...))
}

// list finds the data files and what was being written at the end.
func (o *opener) list() error {
	names, err := fs.ReadDir(o.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, n := range names {
		if whole, ok := strings.CutSuffix(n.Name(), unfinished); ok {
			if _, _, ok := parseName(whole); ok || whole == targetFile {
				o.warn("%s was being written when the recording ended; it is left out", n.Name())
			}
			continue
		}
		if _, _, ok := parseName(n.Name()); !ok {
			continue
		}
		if info, err := n.Info(); err == nil && info.Mode().IsRegular() {
			o.files[n.Name()] = info.Size()
		} else {
			o.warn("%s is not a regular file; it is left out", n.Name())
		}
	}
	return nil
}

// resolveTarget joins target.json and the index's own header: the newest intact one wins.
func (o *opener) resolveTarget(index *index) error {
	b, err := o.readMeta(targetFile)
	var fromFile Target
	version := 0
	if err == nil {
		fromFile, version, err = decodeTarget(b)
	}
	newest := max(index.version, version)
	if index.version == schemaVersion {
		newest = schemaVersion // the index line has a checksum, target.json has none
	}
	switch {
	case newest > schemaVersion:
		return &Error{Op: "open recording", Path: o.rec.Dir, hint: "read it with a logcap at least as new as the one that wrote it",
			Err: fmt.Errorf("%w: %s%d, this one reads up to %s", ErrNewer, schemaName, newest, Schema)}
	case index.target != nil:
		o.rec.Target = *index.target
		if err != nil {
			o.warn("%s is %s; its content was recovered from %s", targetFile, damage(err), indexFile)
		} else if fromFile != *index.target {
			o.warn("%s differs from %s, which is believed", targetFile, indexFile)
		}
	case err == nil:
		o.rec.Target = fromFile
	default:
		o.warn("%s is %s; the target is unknown", targetFile, damage(err))
	}
	if errors.Is(err, fs.ErrNotExist) {
		o.rec.Missing = append(o.rec.Missing, targetFile)
	}
	return nil
}

func damage(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	return fmt.Sprintf("damaged (%s)", clip(strings.ReplaceAll(err.Error(), "\n", " ")))
}

// readMeta reads a small file and notes it as a source.
func (o *opener) readMeta(name string) ([]byte, error) {
	f, size, err := openRegular(o.root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const most = 1 << 20
	if size > most {
		return nil, fmt.Errorf("%d bytes long", size)
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	sum := sha256.Sum256(b)
	o.rec.meta = append(o.rec.meta, Source{name, hex.EncodeToString(sum[:]), int64(len(b))})
	return b, err
}

// Start is the time of the first scrape, UTC; zero when none has one.
func (r *Recording) Start() time.Time {
	var first time.Time
	for _, e := range r.Entries {
		if !e.Time.IsZero() && (first.IsZero() || e.Time.Before(first)) {
			first = e.Time
		}
	}
	return first
}

// End is the time of the last scrape, UTC; zero when none has one.
func (r *Recording) End() time.Time {
	var last time.Time
	for _, e := range r.Entries {
		if e.Time.After(last) {
			last = e.Time
		}
	}
	return last
}

// Sources lists every file that is there to be read, by name.
func (r *Recording) Sources() []Source {
	all := slices.Clone(r.meta)
	for _, e := range r.Entries {
		if e.Kept() {
			all = append(all, Source{e.File, e.SHA256, e.Stored})
		}
	}
	slices.SortFunc(all, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return all
}
