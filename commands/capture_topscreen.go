package commands

import (
	"context"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/logcap/logcap/capture/admin"
)

// draw shows the tables on a terminal until q, Ctrl-C or the end of ctx.
func (o *captureTopOptions) draw(ctx context.Context, address string, first *admin.Health, more ...tea.ProgramOption) error {
	asking, stop := context.WithCancel(ctx)
	var busy sync.Mutex // held by the one look that is asked for
	s := topScreen{address: address, now: first, look: func() tea.Msg {
		busy.Lock()
		defer busy.Unlock()
		select {
		case <-asking.Done():
		case <-time.After(o.interval):
		}
		h, err := lookAt(asking, address)
		return topLook{h, err}
	}}
	_, err := tea.NewProgram(s, append([]tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(o.in), tea.WithOutput(o.out), tea.WithColorProfile(colorprofile.Ascii),
		tea.WithoutSignalHandler(), // a signal ends ctx
	}, more...)...).Run()
	stop()
	busy.Lock() // bubbletea waits for no command
	defer busy.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// topScreen is what is drawn, as bubbletea wants it.
type topScreen struct {
	address       string
	look          tea.Cmd // waits for the interval, and gives a topLook
	before, now   *admin.Health
	failed        error // of the last look; what is shown is older
	width, height int   // 0: not known yet
}

// topLook is an answer.
type topLook struct {
	health *admin.Health
	err    error
}

func (s topScreen) Init() tea.Cmd { return s.look }

func (s topScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = msg.Width, msg.Height
	case topLook:
		if s.failed = msg.err; msg.err == nil {
			s.before, s.now = s.now, msg.health
		}
		return s, s.look
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "ctrl+c", "esc":
			return s, tea.Quit
		}
	}
	return s, nil
}

func (s topScreen) View() tea.View {
	v := tea.NewView(s.text())
	v.AltScreen = true
	return v
}

// text is the tables, cut to the size of the terminal.
func (s topScreen) text() string {
	text := topTables(s.address, s.before, s.now)
	if s.failed != nil {
		text = printable(s.failed.Error(), false) + "; what follows is of " + s.now.Time.Local().Format(time.TimeOnly) + "\n\n" + text
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if s.height > 0 && len(lines) > s.height {
		lines = append(lines[:s.height-1], "…")
	}
	for i, line := range lines {
		if r := []rune(line); s.width > 0 && len(r) > s.width {
			lines[i] = string(r[:s.width-1]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}
