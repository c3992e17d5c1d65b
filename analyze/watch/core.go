package watch

import (
	"os"

	"github.com/logcap/logcap/analyze/inspect"
	"github.com/logcap/logcap/analyze/recording"
)

// readInto reads one bare file; cut says that it ends too early.
func (how Reading) readInto(f *folder, name string) (all []moment, src recording.Source, cut bool, err error) {
	if name == "-" || !inspect.IsELF(name) {
		return f.readFile(name, how.Stdin)
	}
	core, src, err := how.readCore(f, name)
	if err != nil {
		return nil, src, false, err
	}
	return []moment{{at: core.Snapshot.Time, snapshot: core.Snapshot, births: core.News}}, src, core.Snapshot.Truncated, nil
}

// readCore reads a core where it lies, and then all of it once for its sum. It
// may be larger than any other input: of what it holds, little is kept.
func (how Reading) readCore(f *folder, name string) (*inspect.Remains, recording.Source, error) {
	core, err := inspect.Core(name, how.Exe)
	if err != nil {
		return nil, recording.Source{}, err
	}
	f.learnVersion(core.GoVersion)
	if f.pids == nil {
		f.pids = map[int]bool{}
	}
	f.pids[core.Info.PID] = true
	f.History().Target.PID = core.Info.PID
	file, err := os.Open(name)
	if err != nil {
		return nil, recording.Source{}, err
	}
	defer file.Close()
	src, err := newInput(name, file).source()
	return core, src, err
}
