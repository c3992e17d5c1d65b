package live

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// terminal is what the program writes, safe to read meanwhile.
type terminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// shows waits until the program has written text.
func (t *terminal) shows(tt *testing.T, text string) {
	tt.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(t.String(), text); {
		if time.Now().After(deadline) {
			tt.Fatalf("nothing shows %q:\n%q", text, t.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// began starts a view on a terminal of 90 columns, and says what it was asked.
func running(t *testing.T, color bool) (v *View, screen *terminal, keys *io.PipeWriter, ends, quits chan struct{}) {
	t.Helper()
	in, keys := io.Pipe()
	t.Cleanup(func() { keys.Close() })
	screen = &terminal{}
	ends, quits = make(chan struct{}, 9), make(chan struct{}, 9)
	v = start(Options{
		Targets: []string{"shop:6060"}, Interval: time.Second, In: in, Out: screen, Color: color,
		End: func() { ends <- struct{}{} }, Quit: func() { quits <- struct{}{} },
	}, tea.WithWindowSize(90, 24))
	return v, screen, keys, ends, quits
}

const (
	entersAltScreen = "\x1b[?1049h"
	leavesAltScreen = "\x1b[?1049l"
)

func TestViewEndsAndGivesTheTerminalBack(t *testing.T) {
	v, screen, keys, ends, quits := running(t, false)
	v.Update(withJudgement(shop(21)))
	screen.shows(t, "PROBABLE")
	keys.Write([]byte("q"))
	<-ends
	screen.shows(t, "ENDING")
	keys.Close()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	out := screen.String()
	if in, left := strings.Index(out, entersAltScreen), strings.LastIndex(out, leavesAltScreen); in < 0 || left < in {
		t.Errorf("the other screen was entered at %d and left at %d", in, left)
	}
	if strings.Contains(out, "\x1b[1m") || strings.Contains(out, "\x1b[31") || strings.Contains(out, "\x1b[1;31") {
		t.Error("colour or bold without colour")
	}
	if len(quits) != 0 {
		t.Error("it also quit")
	}
}

func TestViewQuitsAtOnce(t *testing.T) {
	v, screen, keys, ends, quits := running(t, true)
	v.Update(withJudgement(shop(21)))
	screen.shows(t, "PROBABLE")
	if !strings.Contains(screen.String(), "\x1b[31;1mPROBABLE") {
		t.Errorf("a probable leak is not red: %q", screen.String())
	}
	v.Interrupt()
	<-ends
	keys.Write([]byte{3})
	<-quits
	if !strings.Contains(screen.String(), leavesAltScreen) {
		t.Error("it quits before the terminal is given back")
	}
	keys.Close()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// A view whose program has failed still obeys signals: end, then quit.
func TestInterruptWithoutAProgram(t *testing.T) {
	v, _, keys, ends, quits := running(t, false)
	v.program.Quit()
	<-v.ended
	v.Interrupt()
	<-ends
	if len(quits) != 0 {
		t.Error("the first interrupt quits")
	}
	v.Interrupt()
	<-quits
	keys.Close()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// Update never waits, not even for a program that cannot write to its terminal.
func TestUpdateDoesNotWait(t *testing.T) {
	in, keys := io.Pipe()
	stuck, release := io.Pipe()
	v := start(Options{Targets: []string{"shop:6060"}, In: in, Out: release, End: func() {}, Quit: func() {}}, tea.WithWindowSize(80, 24))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 50 {
			v.Update(shop(i))
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("it waits")
	}
	keys.Close()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, stuck)
	}()
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	release.Close()
	<-drained
	<-done
}
