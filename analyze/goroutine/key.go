package goroutine

// Unknown is the key of a stack without frames.
const Unknown Key = "unknown"

// KeyOf finds the entry of a stack, the first frame from the bottom whose
// function is not a launcher, and its key. When every frame is a launcher's the
// innermost one is the entry: an idle pool worker is known by its worker loop.
// Frames are innermost first and normalised.
func KeyOf(frames []Frame) (Key, Frame) {
	if len(frames) == 0 {
		return Unknown, Frame{}
	}
	for i := len(frames) - 1; i >= 0; i-- {
		if !IsLauncher(frames[i].Func) {
			return Key(frames[i].Func), frames[i]
		}
	}
	return Key(frames[0].Func), frames[0]
}

// Key names the series the stack belongs to.
func (st *Stack) Key() Key {
	key, _ := KeyOf(st.Frames)
	if key == Unknown && st.Created.Func != "" {
		// Only a dump has this: a goroutine that is running on another thread.
		return Key("started by " + st.Created.Func)
	}
	return key
}

// Launcher is the library function that started the goroutines on behalf of
// their entry, as "sync.(*WaitGroup).Go"; "" for a plain go statement.
func (st *Stack) Launcher() string {
	if n := len(st.Frames); n > 0 {
		if l := launcherOf(st.Frames[n-1].Func); l != "" {
			return l
		}
	}
	return launcherOf(st.Created.Func)
}

// Site is where the stack's goroutines were created, as exactly as this one
// stack can tell; see Site.Exact.
func (st *Stack) Site() Site {
	_, entry := KeyOf(st.Frames)
	site := Site{Entry: entry.Func}
	switch at, exact := st.launchedAt(entry); {
	case at.Func != "":
		site.Func, site.File, site.Line, site.Exact = at.Func, at.File, at.Line, exact
	case entry.Func != "":
		site.Func, site.File, site.Line = entry.Func, entry.File, entry.Line
		if entry.Start > 0 {
			site.Line = entry.Start
		}
	default:
		site.Func, site.File, site.Line = st.Created.Func, st.Created.File, st.Created.Line
	}
	site.Package = PackageOf(site.Func)
	return site
}

// launchedAt finds the go statement, or the call of the launcher in the user's
// code, and tells whether the line is exact. Frame{} when it is not known.
func (st *Stack) launchedAt(entry Frame) (at Frame, exact bool) {
	if st.Created.Func != "" && !IsLauncher(st.Created.Func) {
		return st.Created, true
	}
	// A literal that is started where it is written begins on the line of its go
	// statement (or of its wg.Go call); only the proto knows where it begins.
	if isClosure(entry.Func) && entry.Start > 0 {
		return Frame{Func: writtenIn(entry.Func), File: entry.File, Line: entry.Start}, true
	}
	// The creator's own stack says who called the launcher. Its lines are those of
	// return addresses: the call's line or the one after.
	if len(st.Ancestors) > 0 && st.Created.Func != "" {
		for _, f := range st.Ancestors[0].Frames {
			if !IsLauncher(f.Func) && !launchersHelper(f.Func) {
				return f, false
			}
		}
	}
	return Frame{}, false
}

// launchersHelper knows the packages that launchers call between their caller
// and the go statement.
func launchersHelper(name string) bool {
	switch PackageOf(name) {
	case "sync", "context", "time", "iter":
		return true
	}
	return false
}
