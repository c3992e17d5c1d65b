package commands

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/docker"
	"github.com/logcap/logcap/capture/source/file"
	"github.com/logcap/logcap/capture/source/stdin"
)

// allContainers is --docker without a filter.
const allContainers = "all"

// captureState is what a run knows of the one before.
type captureState struct {
	dir    string
	store  *checkpoint.Store // nil without --state
	lock   *checkpoint.Lock
	loaded checkpoint.Loaded
}

// openState locks and reads the state directory, when there is one.
func (o *captureOptions) openState(board *notice.Board) (*captureState, error) {
	if o.state == "" {
		return &captureState{}, nil
	}
	lock, err := checkpoint.Acquire(o.state)
	if err != nil {
		return nil, err
	}
	s := &captureState{dir: o.state, lock: lock, store: checkpoint.NewStore(o.state)}
	if s.loaded, err = s.store.Load(time.Now()); err != nil {
		s.release()
		return nil, err
	}
	for _, corrupt := range s.loaded.Corrupt {
		what := "the one before it is used: what it does not know is read again"
		if s.loaded.Lost {
			what = "everything is read again from its beginning"
		}
		board.Tell("checkpoint", &setAside{corrupt, what})
	}
	return s, nil
}

// setAside is a checkpoint that cannot be read.
type setAside struct {
	error
	hint string
}

func (e *setAside) Hint() string { return e.hint }

func (s *captureState) release() {
	if s.lock != nil {
		_ = s.lock.Release() // the system gives it up anyway
	}
}

// section is what a source had kept.
func (s *captureState) section(name string) source.State { return s.loaded.Sections[name] }

// owns says that a file is one of the state directory, or of the queues and dead letters in it.
func (s *captureState) owns(info fs.FileInfo) bool {
	if s.dir == "" {
		return false
	}
	for _, below := range []string{"*", queueDir + "/*/*", lettersDir + "/*"} {
		named, err := fs.Glob(os.DirFS(s.dir), below)
		if err != nil {
			return false // the patterns are right: never
		}
		for _, name := range named {
			if path.Base(name) != info.Name() && below != "*" {
				continue // its files have no other names
			}
			if own, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(name))); err == nil && os.SameFile(own, info) {
				return true
			}
		}
	}
	return false
}

// sourceParts are what sources are made with.
type sourceParts struct {
	board  *notice.Board
	owns   func(fs.FileInfo) bool // says that a file is written by logcap
	resume source.State           // positions of before
	lost   bool                   // there were some, and they cannot be read
	again  bool                   // it was tried before, and what may be away is waited for
}

// parts are those of a source that had kept a section.
func (s *captureState) parts(board *notice.Board, sinks *sinkSet, name string) sourceParts {
	owns := func(info fs.FileInfo) bool { return sinks.owns(info) || s.owns(info) }
	return sourceParts{board: board, owns: owns, resume: s.section(name), lost: s.loaded.Lost}
}

// sources makes what is read: files, standard input, containers.
func (o *captureOptions) sources(ctx context.Context, board *notice.Board, state *captureState, sinks *sinkSet) ([]source.Source, error) {
	var all []source.Source
	var files []string
	for _, path := range o.paths {
		if path != "-" {
			files = append(files, path)
			continue
		}
		if len(all) > 0 {
			return nil, usagef("", "standard input was given twice")
		}
		all = append(all, o.input("stdin"))
	}
	if len(files) > 0 {
		source, err := o.files("file", files, state.parts(board, sinks, "file"))
		if err != nil {
			return nil, err
		}
		all = append(all, source)
	}
	if len(o.docker) > 0 || len(o.paths) == 0 {
		containers, err := o.containers(ctx, "docker", state.parts(board, sinks, "docker"))
		if err != nil {
			return nil, err
		}
		all = append(all, containers)
	}
	return all, nil
}

func (o *captureOptions) input(name string) source.Source {
	return stdin.New(stdin.Options{Name: name, R: o.in, Lines: o.lines()})
}

// files is the source of files at paths and globs.
func (o *captureOptions) files(name string, paths []string, parts sourceParts) (source.Source, error) {
	start, err := o.start(time.Now())
	if err != nil {
		return nil, err
	}
	made, err := file.New(file.Options{
		Name: name, Patterns: paths, Exclude: o.exclude, Start: start, Follow: !o.noFollow, Lines: o.lines(),
		Owns: parts.owns, Resume: parts.resume, Lost: parts.lost, Board: parts.board,
	})
	if err != nil {
		return nil, usageOf(err)
	}
	return made, nil
}

// containers is the Docker source. An engine that does not answer at the
// start is an error; one that goes away later is waited for.
func (o *captureOptions) containers(ctx context.Context, name string, parts sourceParts) (source.Source, error) {
	start, err := o.start(time.Now())
	if err != nil {
		return nil, err
	}
	var filters []string
	for _, f := range o.docker {
		if f != allContainers {
			filters = append(filters, f)
		}
	}
	selection, err := docker.ParseSelection(filters)
	if err != nil {
		return nil, usageOf(err)
	}
	e, err := engine.New(engine.FromEnvironment(o.lookup))
	if err != nil {
		return nil, usageOf(err)
	}
	if !parts.again {
		if _, err := e.List(ctx); err != nil {
			return nil, &noEngine{err}
		}
	}
	return docker.New(docker.Options{
		Name: name, Engine: e, Select: selection, Labels: o.labels, Start: start, Follow: !o.noFollow, MaxLine: int(o.maxLine), Own: docker.OwnID(),
		Read:   map[string]docker.Read{"auto": docker.Auto, "api": docker.API, "json-file": docker.JSONFile}[o.read],
		Resume: parts.resume, Lost: parts.lost, Board: parts.board,
	})
}

// noEngine is an engine that does not answer at the start.
type noEngine struct{ error }

func (e *noEngine) Unwrap() error { return e.error }

func (e *noEngine) Hint() string {
	const without = "give PATHs to collect files without an engine"
	var u *engine.Unreachable
	if errors.As(e.error, &u) && u.Hint() != "" {
		return u.Hint() + "; " + without
	}
	return without
}
