package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// index is what index.jsonl says, before the files were looked at.
type index struct {
	version int // 0 when no header line is intact
	target  *Target
	entries map[int]Entry
	thinned map[int]bool
}

// maxLine bounds one line of the index; a note of thinning is the longest.
const maxLine = 16 << 20

// readIndex reads every line that is intact and warns of the others.
func (o *opener) readIndex() *index {
	x := &index{entries: map[int]Entry{}, thinned: map[int]bool{}}
	f, size, err := openRegular(o.root, indexFile)
	if err != nil {
		o.warn("%s is %s; what the files themselves tell is used", indexFile, damage(err))
		if errors.Is(err, fs.ErrNotExist) {
			o.rec.Missing = append(o.rec.Missing, indexFile)
		}
		return x
	}
	defer f.Close()
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(f, sum), 1<<16)
	for n := 1; ; n++ {
		b, err := readLine(in)
		if len(b) > 0 || err == nil {
			o.readEntry(x, n, b, err == nil)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				o.warn("%s cannot be read on after line %d: %s", indexFile, n-1, damage(err))
			}
			break
		}
	}
	o.rec.meta = append(o.rec.meta, Source{indexFile, hex.EncodeToString(sum.Sum(nil)), size})
	if x.version == 0 {
		o.warn("%s has no intact header line", indexFile)
	}
	return x
}

// readLine gives a line without its newline; one over maxLine comes cut, which its checksum will tell.
func readLine(in *bufio.Reader) ([]byte, error) {
	var b []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(b) <= maxLine {
			b = append(b, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(b, "\r\n"), err
		}
	}
}

func (o *opener) readEntry(x *index, n int, b []byte, whole bool) {
	l, err := decodeLine(b)
	switch {
	case err != nil && !whole:
		o.warn("%s ends in the middle of line %d", indexFile, n)
	case err != nil:
		o.warn("%s line %d is damaged and left out: %s", indexFile, n, clip(err.Error()))
	case l.Schema != "":
		x.version = versionOf(l.Schema)
		if l.Target != nil {
			x.target = l.Target
		}
	case len(l.Thinned) > 0:
		for _, seq := range l.Thinned {
			x.thinned[seq] = true
		}
	default:
		o.addEntry(x, n, l)
	}
}

func (o *opener) addEntry(x *index, n int, l line) {
	e, err := l.entry()
	if err == nil && l.Seq < 1 {
		err = fmt.Errorf("scrape number %d", l.Seq)
	}
	if _, twice := x.entries[e.Seq]; err == nil && twice {
		err = fmt.Errorf("scrape %d is there already", e.Seq)
	}
	if err != nil {
		o.warn("%s line %d is refused: %s", indexFile, n, clip(err.Error()))
		return
	}
	x.entries[e.Seq] = e
}

// match lays the index beside the files; files it takes are claimed.
func (o *opener) match(x *index) {
	for seq, e := range x.entries {
		size, there := o.files[e.File]
		delete(o.files, e.File)
		switch {
		case e.File == "":
		case x.thinned[seq]:
			e.Gone = "thinned"
		case !there:
			e.Gone = "missing"
		case size < e.Stored:
			e.Gone = "short"
		}
		o.rec.Entries = append(o.rec.Entries, e)
	}
	slices.SortFunc(o.rec.Entries, bySeq)
	for _, e := range o.rec.Entries {
		if e.Gone == "missing" || e.Gone == "short" {
			o.rec.Missing = append(o.rec.Missing, e.File)
			what := "is " + e.Gone
			if e.Total > 0 {
				what += "; its count is known from " + indexFile
			}
			o.warnFile(e.File, what)
		}
	}
}

func bySeq(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) }

// finish sorts and names the gaps in the numbers: scrapes that could not be
// kept, or whose lines are lost.
func (o *opener) finish() {
	slices.SortFunc(o.rec.Entries, bySeq)
	slices.Sort(o.rec.Missing)
	o.warnFiles()
	next := 1
	for _, e := range o.rec.Entries {
		switch {
		case e.Seq == next+1:
			o.warn("scrape %d is not in the recording", next)
		case e.Seq > next:
			o.warn("scrapes %d to %d are not in the recording", next, e.Seq-1)
		}
		next = e.Seq + 1
	}
	if o.unsaid > 0 {
		o.rec.Warnings = append(o.rec.Warnings, fmt.Sprintf("%d more warnings of this kind are not listed", o.unsaid))
	}
}
