package procmem

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/logcap/logcap/internal/missing"
)

var update = flag.Bool("update", false, "record testdata anew, which needs qemu-aarch64-static and Go's other releases")

// TestARM64: cores of arm64 processes, read on any machine: what a process says
// of itself in the instant of its core, its memory says too. testdata has of
// cores and executables only the pages that reading them touches.
func TestARM64(t *testing.T) {
	for _, version := range []string{"go1.22.12", "go1.27.4"} {
		for _, build := range []struct{ name, flags string }{{"plain", ""}, {"stripped", "-s -w"}} {
			t.Run(version+" "+build.name, func(t *testing.T) {
				dir := filepath.Join("testdata", "arm64", version+"-"+build.name)
				if *update {
					recordARM64(t, dir, version, build.flags)
				}
				core, exe := filepath.Join(t.TempDir(), "core"), filepath.Join(t.TempDir(), "target")
				unpack(t, filepath.Join(dir, "core.zst"), core)
				unpack(t, filepath.Join(dir, "target.zst"), exe)
				dump := replied(t, unpacked(t, filepath.Join(dir, "reply.zst")))
				s, info, b := readCore(t, core, exe)
				sameAsDump(t, s, dump)
				running(t, s)
				// qemu leaves out the page by which a core and a program are compared.
				if info.Machine != "arm64" || info.Command != "target" || info.Signal != 6 || info.Matched {
					t.Errorf("%#v", info)
				}
				if b.GoVersion != version || b.Layout != "table" || b.Stripped != (build.name == "stripped") {
					t.Errorf("%+v", b)
				}
			})
		}
	}
}

// TestOtherProgramUnmatched: where a core has nothing to compare, what it is read with still has to fit.
func TestOtherProgramUnmatched(t *testing.T) {
	dir := t.TempDir()
	core, exe := filepath.Join(dir, "core"), filepath.Join(dir, "target")
	unpack(t, filepath.Join("testdata", "arm64", "go1.27.4-plain", "core.zst"), core)
	unpack(t, filepath.Join("testdata", "arm64", "go1.22.12-stripped", "target.zst"), exe)
	_, _, err := OpenCore(core, exe)
	refused(t, "another version", err, "that left this core")
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = OpenCore(core, own)
	refused(t, "this test", err, "")
	_, _, err = OpenCore(core, "")
	refused(t, "not named", err, "")
}

func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, unpacked(t, from), 0o600); err != nil {
		t.Fatal(err)
	}
}

// recordARM64 builds the target, has it leave a core under qemu, and keeps what
// of the two files reading touches, and what the target said.
func recordARM64(t *testing.T, dir, version, ldflags string) {
	t.Helper()
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		missing.Part(t, missing.Cores, err.Error())
	}
	work := t.TempDir()
	exe := filepath.Join(work, "target")
	build := exec.Command("go", "build", "-trimpath", "-ldflags="+ldflags, "-o", exe, ".")
	build.Dir = filepath.Join("..", "..", "scripts", "matrix", "target")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=arm64", "GOOS=linux", "GOTOOLCHAIN="+version)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	// qemu writes the core of its guest beside the one that the kernel may write of qemu.
	run := exec.Command("sh", "-c", `ulimit -c unlimited && exec "$@"`, "sh", qemu, exe)
	run.Dir, run.Stdin = work, strings.NewReader("abort\n")
	reply, err := run.Output()
	cores, globErr := filepath.Glob(filepath.Join(work, "qemu_target_*.core"))
	if globErr != nil || len(cores) != 1 {
		t.Fatalf("qemu: %v, cores %v", err, cores)
	}
	touched := map[string]*recordedFile{}
	open := func(path string) (file, error) {
		f, err := openRegular(path)
		if err == nil {
			touched[path] = &recordedFile{file: f, pages: map[int64]bool{}}
			f = touched[path]
		}
		return f, err
	}
	r, _, err := openCoreBy(open, cores[0], exe)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Snapshot(Options{AllStacks: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	keep(t, filepath.Join(dir, "core.zst"), touched[cores[0]].kept(t))
	keep(t, filepath.Join(dir, "target.zst"), touched[exe].kept(t))
	keep(t, filepath.Join(dir, "reply.zst"), bytes.NewReader(reply))
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func keep(t *testing.T, name string, from io.Reader) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(w, from)
	for _, end := range []error{err, w.Close(), f.Close()} {
		if end != nil {
			t.Fatal(end)
		}
	}
}

// recordedFile remembers which pages of a file were read.
type recordedFile struct {
	file
	pages map[int64]bool
}

func (f *recordedFile) ReadAt(p []byte, off int64) (int, error) {
	for at := off &^ (pageSize - 1); at < off+int64(len(p)); at += pageSize {
		f.pages[at] = true
	}
	return f.file.ReadAt(p, off)
}

// kept is the file with zeros for every page that was not read.
func (f *recordedFile) kept(t *testing.T) io.Reader {
	t.Helper()
	stat, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	page := make([]byte, pageSize)
	for at := int64(0); at < stat.Size(); at += pageSize {
		p := page[:min(pageSize, stat.Size()-at)]
		if clear(p); f.pages[at] {
			if n, err := f.file.ReadAt(p, at); n < len(p) {
				t.Fatal(fmt.Errorf("read at %d: %w", at, err))
			}
		}
		b.Write(p)
	}
	return &b
}
