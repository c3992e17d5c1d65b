package live

import "unicode/utf8"

// wish is what a key asks of the watch itself.
type wish int

const (
	nothing wish = iota
	end          // end the watch and judge what was seen
	quit         // leave at once
)

// press is the model after a key, named as bubbletea names it; text is what
// the key types, if anything.
func (m model) press(key, text string) (model, wish) {
	if key == "ctrl+c" {
		return m.stop()
	}
	if m.typing {
		return m.typed(key, text), nothing
	}
	switch key {
	case "q":
		if m.ending {
			return m, nothing // only Ctrl-C throws away what was seen
		}
		return m.stop()
	case "up", "k":
		return m.step(-1), nothing
	case "down", "j":
		return m.step(1), nothing
	case "pgup":
		return m.step(-m.page()), nothing
	case "pgdown":
		return m.step(m.page()), nothing
	case "home", "g":
		return m.step(-maxSites * maxFrames), nothing
	case "end", "G":
		return m.step(maxSites * maxFrames), nothing
	case "left", "h":
		return m.turn(-1), nothing
	case "right", "l", "tab":
		return m.turn(1), nothing
	case "enter":
		return m.toggle(), nothing
	case "s":
		m.sort = (m.sort + 1) % orders
		return m.settle(), nothing
	case "p", "space":
		return m.pause(), nothing
	case "/":
		m.typing = true
		return m.close().settle(), nothing
	case "?":
		m.help = !m.help
		return m.settle(), nothing
	case "esc":
		return m.escape(), nothing
	}
	return m, nothing
}

// stop ends the watch the first time, and everything the second.
func (m model) stop() (model, wish) {
	if m.ending {
		return m, quit
	}
	m.ending, m.typing = true, false
	return m, end
}

// typed changes the filter, which works while it is typed.
func (m model) typed(key, text string) model {
	switch key {
	case "esc":
		m.filter, m.typing = "", false
	case "enter":
		m.typing = false
	case "up", "down":
		m.typing = false
		m, _ = m.press(key, "")
	case "backspace":
		_, n := utf8.DecodeLastRuneInString(m.filter)
		m.filter = m.filter[:len(m.filter)-n]
	case "ctrl+u":
		m.filter = ""
	default:
		m.filter += text
	}
	return m.settle()
}

// escape closes what was opened last: help, a stack, the filter.
func (m model) escape() model {
	switch {
	case m.help:
		m.help = false
	case m.position().open:
		m = m.close()
	default:
		m.filter = ""
	}
	return m.settle()
}

func (m model) close() model {
	p := m.position()
	p.open = false
	return m.moved(p)
}
