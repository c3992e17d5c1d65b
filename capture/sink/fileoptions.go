package sink

import (
	"path/filepath"
	"strings"
	"time"
)

// FileOptions is where and how a file sink writes.
type FileOptions struct {
	Path     string        // may hold {name} {source} {id} {stream} {date}
	Rotate   int64         // a file that this many bytes would be passed by is renamed and a new one begun; 0 means never
	MaxAge   time.Duration // a file holds lines of one such span of time, counted in UTC from 1970 so that a restart changes nothing; 0 means no limit
	Keep     int           // rotated files that are kept; 0 means all
	Compress string        // what becomes of a rotated file: "gzip", "zstd" or "none"; "" means "none"
	Sync     bool          // acknowledge what is on the disk, not only in the system's memory
	Format   string        // "json" or "text"; "" means "json"
	MaxOpen  int           // files that are open at once; 0 means 64

	Now func() time.Time // the clock that files are rotated by; nil means time.Now
}

// defaultOpen is how many files are open at once.
const defaultOpen = 64

// ParseFile reads PATH#rotate=100MiB&max-age=24h&keep=5&compress=gzip|zstd|none&sync=true|false&format=json|text.
// A file whose name has a # in it is written with another one behind it.
func ParseFile(spec string) (FileOptions, error) {
	path, text := spec, ""
	if i := strings.LastIndexByte(spec, '#'); i >= 0 && !strings.ContainsFunc(spec[i:], separator) { // no option has one
		path, text = spec[:i], spec[i+1:]
	}
	named := "file=" + path
	if path == "" {
		return FileOptions{}, &SpecError{named, "no path", "write for example file=/var/log/logcap/all.log"}
	}
	if strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator)) {
		return FileOptions{}, &SpecError{named, "that is a directory", "write the file too, for example file=" + path + "{name}.log"}
	}
	if _, err := newTemplate(path); err != nil {
		return FileOptions{}, err
	}
	opts, err := parseOptions(named, text, []string{"rotate", "max-age", "keep", "compress", "sync", "format"})
	if err != nil {
		return FileOptions{}, err
	}
	o := FileOptions{Path: path}
	if o.Rotate, err = opts.size(named, "rotate"); err != nil {
		return FileOptions{}, err
	}
	if o.MaxAge, err = opts.duration(named, "max-age", 0); err != nil {
		return FileOptions{}, err
	}
	if o.Keep, err = opts.count(named, "keep"); err != nil {
		return FileOptions{}, err
	}
	if o.Compress, err = opts.choice(named, "compress", "none", "gzip", "zstd"); err != nil {
		return FileOptions{}, err
	}
	if o.Sync, err = opts.flag(named, "sync"); err != nil {
		return FileOptions{}, err
	}
	if o.Format, err = opts.choice(named, "format", "json", "text"); err != nil {
		return FileOptions{}, err
	}
	for _, name := range []string{"keep", "compress"} {
		if _, given := opts[name]; given && o.Rotate == 0 && o.MaxAge == 0 {
			return FileOptions{}, &SpecError{named, "option " + name + " is about rotated files, and nothing rotates", "add rotate=100MiB or max-age=24h"}
		}
	}
	return o, nil
}
