package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// recoverOrphans takes in the files without an index line, when they are
// whole. Their time is the one written inside; a file's date is never asked,
// because a copy of the recording has other dates.
func (o *opener) recoverOrphans() {
	known := map[int]bool{}
	for _, e := range o.rec.Entries {
		known[e.Seq] = true
	}
	for _, name := range slices.Sorted(maps.Keys(o.files)) {
		seq, _, _ := parseName(name)
		e, err := recoverEntry(o.root, name)
		switch {
		case known[seq]:
			o.warnFile(name, "has the number of another scrape; it is left out")
		case err != nil:
			o.rec.Missing = append(o.rec.Missing, name)
			o.warnFile(name, "has no intact line in "+indexFile+" and is "+damage(err)+"; it is left out")
		default:
			known[seq] = true
			when := "at an unknown time"
			if !e.Time.IsZero() {
				when = "by what the file itself says"
			}
			o.rec.Entries = append(o.rec.Entries, e)
			o.warnFile(name, "has no intact line in "+indexFile+"; it was recovered "+when)
		}
	}
}

// recoverEntry makes the index line again from the file: from the comment in
// its gzip header, or from the profile in it.
func recoverEntry(root *os.Root, name string) (Entry, error) {
	seq, kind, _ := parseName(name)
	stored, err := readStored(root, name)
	if err != nil {
		return Entry{}, err
	}
	body, comment, err := gunzip(stored)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Seq: seq, Kind: kind}
	if l, err := decodeLine([]byte(comment)); err == nil && l.Seq == seq && l.Kind == kind {
		if told, err := l.entry(); err == nil {
			e = told
		}
	} else if strings.HasSuffix(name, ".pb.gz") {
		p, err := profile.ParseUncompressed(body)
		if err != nil {
			return Entry{}, err
		}
		e.Time, e.Total, e.Bytes = profileTime(p), profileTotal(p), int64(len(stored))
	} else {
		e.Bytes = int64(len(body))
	}
	sum := sha256.Sum256(stored)
	e.File, e.Recovered, e.SHA256, e.Stored = name, true, hex.EncodeToString(sum[:]), int64(len(stored))
	return e, nil
}

func profileTime(p *profile.Profile) time.Time {
	if p.TimeNanos <= 0 {
		return time.Time{}
	}
	return time.Unix(0, p.TimeNanos).UTC()
}

// profileTotal sums the first value of the samples, which is the count of goroutines.
func profileTotal(p *profile.Profile) int {
	total := int64(0)
	for _, s := range p.Sample {
		if len(s.Value) > 0 {
			total += s.Value[0]
		}
	}
	return int(max(total, 0))
}
