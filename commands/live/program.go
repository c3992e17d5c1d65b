// Package live draws a watch on a terminal while it goes on. Snapshots of the
// watch and keys make a model, and a model draws a screen: both are pure. Only
// View knows the terminal. It never makes the watch wait: what it is too slow
// to show it leaves out.
package live

import (
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/report"
)

const (
	// frame is the shortest time between two screens that the watch makes.
	frame = 250 * time.Millisecond
	// frames is how often a second the terminal is written to at most, keys
	// included: each frame more would cost as much as a sample does.
	frames = 4
	// costShare bounds what copying costs on targets with many sites: after a
	// copy that took d the next one is not made before costShare times d.
	costShare = 200
)

// Options are what a view shows and whom it tells of keys.
type Options struct {
	Targets   []string // names, in the order of watch.Options.Targets
	Interval  time.Duration
	Duration  time.Duration // 0: no set end
	Samples   int           // 0: no set end
	Recording string
	In        io.Reader // the terminal's keys
	Out       io.Writer // the terminal
	Color     bool
	// End is called when the user asks for the end of the watch, once; Quit when
	// he asks again, with the terminal given back. Both may not be nil.
	End, Quit func()
}

// View is a running screen.
type View struct {
	opts    Options
	program *tea.Program
	began   time.Time
	stop    chan struct{}
	running sync.WaitGroup
	ended   chan struct{} // the program has: err is set
	err     error
	told    bool // Interrupt came after that

	mu   sync.Mutex
	news []*snapshot // not yet shown
	next []time.Time // before which a target is not copied again
}

// Start takes the terminal. Close gives it back, and must be called.
func Start(o Options) *View { return start(o) }

// start is Start with more to say to the program, as a test without a terminal has.
func start(o Options, more ...tea.ProgramOption) *View {
	names := make([]string, len(o.Targets))
	for i, name := range o.Targets {
		names[i] = report.Clean(name)
	}
	profile := colorprofile.Ascii
	if o.Color {
		profile = colorprofile.ANSI
	}
	v := &View{opts: o, began: time.Now(), stop: make(chan struct{}), ended: make(chan struct{}), news: make([]*snapshot, len(names)), next: make([]time.Time, len(names))}
	m := newModel(plan{Interval: o.Interval, Duration: o.Duration, Samples: o.Samples, Recording: report.Clean(o.Recording)}, names)
	v.program = tea.NewProgram(screen{model: m, palette: newPalette(o.Color), asked: v.asked}, append([]tea.ProgramOption{
		tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithFPS(frames), tea.WithColorProfile(profile),
		tea.WithoutSignalHandler(), // a signal ends the watch, and that ends the view
	}, more...)...)
	v.running.Go(v.run)
	v.running.Go(v.pump)
	return v
}

// Update takes what the screen shows of p, and nothing else of it.
func (v *View) Update(p watch.Progress) {
	kind := p.Scrape.Kind
	failed := p.Scrape.Err != "" && kind == recording.Goroutine
	if kind != recording.Goroutine && kind != recording.Stacks {
		return // it changes nothing that is shown before the next judgement
	}
	now := time.Now()
	if now.Before(v.next[p.Target]) && !failed {
		return
	}
	s := take(p)
	v.next[p.Target] = now.Add(time.Since(now) * costShare)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.news[p.Target] = &s
}

// Interrupt does what Ctrl-C does, also when the program has failed and no
// key is read. It may not be called by two at once.
func (v *View) Interrupt() {
	select {
	case <-v.ended:
		if v.told {
			v.opts.Quit()
			return
		}
		v.told = true
		v.opts.End()
	default:
		v.program.Send(interrupt{})
	}
}

// Close ends the view and gives the terminal back.
func (v *View) Close() error {
	close(v.stop)
	v.program.Quit()
	v.running.Wait()
	return v.err
}

// run draws until the program ends.
func (v *View) run() {
	last, err := v.program.Run()
	v.err = err
	close(v.ended)
	if s, ok := last.(screen); ok && s.left {
		v.opts.Quit()
	}
}

// pump hands snapshots to the program, at most once a frame, and lets the clock
// go on when nothing else does.
func (v *View) pump() {
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	var shown time.Duration
	for {
		select {
		case <-v.stop:
			return
		case <-ticker.C:
		}
		news, changed := v.fetch()
		elapsed := time.Since(v.began)
		if changed || elapsed-shown >= time.Second {
			shown = elapsed
			v.program.Send(tick{elapsed, news})
		}
	}
}

// fetch empties the mailbox.
func (v *View) fetch() (news []*snapshot, changed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	news, v.news = v.news, make([]*snapshot, len(v.news))
	for _, s := range news {
		changed = changed || s != nil
	}
	return news, changed
}

// asked passes on what a key asked of the watch.
func (v *View) asked(w wish) {
	if w == end {
		v.opts.End()
	}
}

type (
	tick struct {
		elapsed time.Duration
		news    []*snapshot
	}
	interrupt struct{}
)

// screen is the model as bubbletea wants it.
type screen struct {
	model   model
	palette palette
	asked   func(wish)
	left    bool // the user has quit
}

func (s screen) Init() tea.Cmd { return nil }

func (s screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.model = s.model.resized(msg.Width, msg.Height)
	case tick:
		s.model = s.model.with(msg.elapsed, msg.news)
	case tea.PasteMsg:
		if s.model.typing {
			s.model = s.model.typed("", report.Clean(msg.Content))
		}
	case tea.KeyPressMsg:
		return s.pressed(msg.String(), msg.Key().Text)
	case interrupt:
		return s.pressed("ctrl+c", "")
	}
	return s, nil
}

func (s screen) pressed(key, text string) (tea.Model, tea.Cmd) {
	var w wish
	if s.model, w = s.model.press(key, text); w == quit {
		s.left = true
		return s, tea.Quit
	}
	s.asked(w)
	return s, nil
}

func (s screen) View() tea.View {
	v := tea.NewView(s.model.draw(s.palette))
	v.AltScreen = true
	return v
}
