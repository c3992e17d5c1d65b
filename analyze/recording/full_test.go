package recording

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// disk is a disk with room for so many bytes.
type disk struct {
	room   int
	sticky bool // what was written cannot be taken back
}

type diskFile struct {
	*os.File
	disk *disk
}

func (f diskFile) Write(b []byte) (int, error) {
	if len(b) <= f.disk.room {
		f.disk.room -= len(b)
		return f.File.Write(b)
	}
	n, _ := f.File.Write(b[:f.disk.room])
	f.disk.room = 0
	return n, &fs.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
}

func (f diskFile) Truncate(size int64) error {
	if f.disk.sticky {
		return syscall.EIO
	}
	return f.File.Truncate(size)
}

// onDisk begins a recording whose later writes go to the disk.
func onDisk(t *testing.T, d *disk) *Writer {
	t.Helper()
	w, err := Create(t.TempDir(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	open := w.open
	w.open = func(name string, flag int) (file, error) {
		f, err := open(name, flag)
		if err != nil {
			return nil, err
		}
		return diskFile{f.(*os.File), d}, nil
	}
	w.index = diskFile{w.index.(*os.File), d}
	return w
}

// Every amount of room that is too small for a scrape: the error says that the
// disk is full, what was there stays whole, and with room again it goes on.
func TestFullDisk(t *testing.T) {
	scrape := Scrape{Kind: Stacks, Time: began, Took: time.Millisecond, Body: []byte("goroutine 1 [running]:\nmain.main()\n"), Total: 1}
	for _, sticky := range []bool{false, true} {
		for room := 0; ; room += 7 {
			d := &disk{room: 1 << 20, sticky: sticky}
			w := onDisk(t, d)
			if _, err := w.Append(scrape); err != nil {
				t.Fatal(err)
			}
			d.room = room
			_, err := w.Append(scrape)
			if err == nil {
				if room < 200 {
					t.Errorf("%d bytes were enough", room)
				}
				break
			}
			var hinted interface{ Hint() string }
			if !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &hinted) || hinted.Hint() == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%d bytes: %v", room, err)
			}
			during := open(t, w.dir)
			if readable(t, during) != 1 || len(during.Missing) > 0 || !sticky && len(during.Warnings) > 0 {
				t.Fatalf("%d bytes: while full: %+v, warnings %q", room, during.Entries, during.Warnings)
			}
			d.room = 1 << 20
			if _, err := w.Append(scrape); err != nil {
				t.Fatal(err)
			}
			r := open(t, w.dir)
			says(t, r, "scrape 2 is not in the recording")
			if got := readable(t, r); got != 2 {
				t.Fatalf("%d bytes: %d of 2 bodies, warnings %q", room, got, r.Warnings)
			}
		}
	}
}

func TestFullDiskAtSetTarget(t *testing.T) {
	d := &disk{}
	w := onDisk(t, d)
	told := target
	told.GoVersion = "go1.26"
	if err := w.SetTarget(told); !errors.Is(err, ErrFull) {
		t.Errorf("error %v", err)
	}
	if r := open(t, w.dir); r.Target != target || len(r.Warnings) > 0 {
		t.Errorf("target %+v, warnings %q", r.Target, r.Warnings)
	}
	d.room = 1 << 20
	if err := w.SetTarget(told); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(told, open(t, w.dir).Target); d != "" {
		t.Error(d)
	}
}
