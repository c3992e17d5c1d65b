package report

import "github.com/logcap/logcap/analyze"

// guidance is what can be said about a mechanism without having read the
// source: it is advice, and every document marks it so.
type guidance struct {
	mechanism analyze.Mechanism
	// means is what happens, in one sentence.
	means string
	// fix is what ends it, as steps, the first the usual one.
	fix []string
	// prevent is the rule it breaks, three lines at most.
	prevent []string
	// waitGroup says why waiting for the goroutines does not help.
	waitGroup string
}

const (
	waitHangs  = "A WaitGroup around a goroutine that blocks for ever ends nothing; it moves the hang into Wait, and shutdown no longer finishes."
	waitHolder = "A WaitGroup does not release the lock: Wait would hang together with everyone else."
	waitKeeps  = "The goroutines belong to a library and end when their owner is closed; a WaitGroup cannot reach them."
)

// guide returns the guidance for m; an unknown name gets the one for Unknown.
func guide(m analyze.Mechanism) guidance {
	for _, g := range guidances {
		if g.mechanism == m {
			return g
		}
	}
	return guidances[len(guidances)-1]
}

// guidances has one entry a mechanism; Unknown is the last.
var guidances = [...]guidance{
	{analyze.PrematureReturn, "the parent returns, on an error for instance, before it receives what the goroutine sends",
		[]string{"Give the channel a buffer of one, so that the single send never blocks.", "Or receive on every path before returning."},
		[]string{"A goroutine that sends one result gets a channel of capacity one.", "Between `go` and the receive there is no return."}, waitHangs},
	{analyze.TimeoutLeak, "the parent gives up at a timeout or a cancelled context, and nobody is left to receive the result",
		[]string{"Give the channel a buffer of one: the late result is then dropped with the channel.", "Or let the goroutine select between the send and `ctx.Done()`."},
		[]string{"Who selects on a result and a timeout makes the result channel with capacity one.", "Hand the context to the work as well, so that it stops too."}, waitHangs},
	{analyze.NCast, "several goroutines send and only one value is received",
		[]string{"Give the channel the number of senders as capacity.", "Or receive as often as there are senders, or cancel the others through a context and select on it at the send."},
		[]string{"Taking the first of n answers needs a buffer of n, or a cancel for the other n-1."}, waitHangs},
	{analyze.DoubleSend, "one path sends twice where one value is received, mostly for want of a return after an error",
		[]string{"Return after the first send on the error path."},
		[]string{"A goroutine that reports one result has one send; put it in one place, a deferred function or the caller."}, waitHangs},
	{analyze.UnclosedRange, "a goroutine ranges over a channel that nobody closes",
		[]string{"Close the channel in the producer when it has sent its last value (`defer close(ch)`); with several producers, after all of them have ended.", "Or leave the loop on `ctx.Done()`."},
		[]string{"Who sends, closes; and closes exactly once.", "A `range` over a channel needs a named owner that closes it on every path."}, waitHangs},
	{analyze.MissingReceiver, "a value is sent and nobody receives it any more",
		[]string{"Find the receiver that ended early and let sender and receiver share one context; select between the send and `ctx.Done()`.", "Or buffer the channel where the number of values is bounded."},
		[]string{"Every unbuffered send has a receiver that outlives it, or a select with a way out."}, waitHangs},
	{analyze.MissingSender, "a goroutine waits for a value that nobody will send",
		[]string{"Close the channel, or send, on every path of the producer, errors included.", "Or select between the receive and `ctx.Done()`."},
		[]string{"Every receive has a sender or a close on every path, or a select with a way out."}, waitHangs},
	{analyze.ContractViolation, "a type starts goroutines that end with its Stop, Close or cancel function, which is not called",
		[]string{"Call Stop, Close or cancel where the value goes out of use (`defer` it next to the constructor).", "Or tie the type to a context that ends."},
		[]string{"What a constructor starts, its caller ends: write the Close on the line after the New.", "A type that starts goroutines says in its documentation what ends them."}, waitHangs},
	{analyze.LostCancel, "a goroutine waits on the Done channel of a context that nobody cancels",
		[]string{"Keep the cancel function and `defer cancel()`.", "Or derive the context from one that ends."},
		[]string{"Never discard a cancel function; `go vet` (lostcancel) finds the discarded ones."}, waitHangs},
	{analyze.TimerLoop, "an endless loop sleeps or reads a time.Tick and has no way out",
		[]string{"Use a time.Ticker with `defer t.Stop()` and select between its channel and `ctx.Done()`."},
		[]string{"A periodic goroutine takes a context and selects on it; time.Sleep in a loop cannot be interrupted."}, waitHangs},
	{analyze.NilChannel, "a channel that was never made is sent to or received from, which blocks for ever",
		[]string{"Make the channel before it is used; look for a struct field the constructor does not set, or a select case that was set to nil and is awaited elsewhere."},
		[]string{"Channels are made where their owner is made."}, waitHangs},
	{analyze.EmptySelect, "select {} blocks for ever by definition",
		[]string{"Remove it, or replace it by a wait on a context or a signal."},
		[]string{"Only main may block for ever, and it does so on a signal."}, waitHangs},
	{analyze.WaitGroupMisuse, "a Wait that never returns: a Done is missed, or Add is called too often or after Wait",
		[]string{"Call Add before the go statement and `defer Done()` first thing inside, or use `wg.Go` (Go 1.25).", "If the counted goroutines themselves block, that is the leak: fix what they wait for."},
		[]string{"Add before go, Done by defer, or wg.Go and neither by hand."}, "The WaitGroup is what hangs here; a second one would hang as well."},
	{analyze.DoubleLock, "a goroutine takes a lock that it already holds",
		[]string{"Split the function: an exported one that locks, and a helper for callers that hold the lock.", "Unlock before the call that locks again."},
		[]string{"A method that locks calls no other that locks the same mutex.", "Name helpers that expect the lock so (xxxLocked)."}, waitHolder},
	{analyze.MissingUnlock, "a path, mostly an error or a panic, leaves with the lock held",
		[]string{"`defer mu.Unlock()` on the line after Lock.", "Where the lock must not be held to the end, move the guarded part into a function of its own."},
		[]string{"Lock and defer Unlock are two lines that stand together."}, waitHolder},
	{analyze.LockOrder, "two goroutines hold one lock each and wait for the other's",
		[]string{"Take the two locks in one order everywhere.", "Or guard both with one lock, or release the first before taking the second."},
		[]string{"Where two locks are held at once, their order is written down and kept."}, waitHolder},
	{analyze.RecursiveRLock, "a reader takes its read lock again while a writer waits; the writer waits for the reader and the reader for the writer",
		[]string{"Take RLock once at the outermost call; pass on to helpers that expect it held."},
		[]string{"sync.RWMutex forbids recursive read locking: a waiting Lock blocks new readers."}, waitHolder},
	{analyze.ChannelUnderLock, "a goroutine waits on a channel while it holds a lock that the other side needs",
		[]string{"Copy what is needed, unlock, then send or receive.", "Or use a select with a default or a context at that operation."},
		[]string{"No channel operation, I/O or callback while a lock is held."}, waitHolder},
	{analyze.MissingSignal, "a Cond.Wait that no Signal or Broadcast follows",
		[]string{"Change the condition under the lock and Broadcast before unlocking, on every path that changes it, shutdown included."},
		[]string{"Every write to a waited-for condition is followed by Broadcast; a channel that is closed does the same with less."}, waitHangs},
	{analyze.StuckIO, "a read or write on a connection has no deadline, and nothing closes the connection when the work is given up",
		[]string{"Close the connection or stream when the context ends (`context.AfterFunc(ctx, func() { conn.Close() })`): a context alone does not interrupt a Read.", "Set a deadline before each Read or Write."},
		[]string{"Every network read has a deadline or an owner that closes its connection.", "A peer that vanishes without FIN or RST is normal: expect it."}, waitHangs},
	{analyze.HTTPBodyNotClosed, "a response body is not read to its end and closed, so its connection and the two goroutines that serve it stay",
		[]string{"`defer resp.Body.Close()` right after the error check of every request.", "To reuse the connection, also read the body to its end (`io.Copy(io.Discard, resp.Body)`)."},
		[]string{"Whoever receives an `*http.Response` closes its body, on every path; the linter bodyclose finds misses."}, waitKeeps},
	{analyze.ClientPerCall, "a client or Transport is made for a call and abandoned; each keeps its own idle connection, and with it one readLoop and one writeLoop goroutine",
		[]string{"Make one client at start-up and share it: it is safe for concurrent use.", "Where a client of its own is needed, call Close or `CloseIdleConnections` on it when done."},
		[]string{"Clients, Transports and their like are made once, not per call.", "A constructor that is called in a loop, a ticker or a handler needs a Close there."}, waitKeeps},
	{analyze.HandlePerCall, "a library's handle that starts goroutines of its own is opened repeatedly and not closed",
		[]string{"Open one handle (sql.DB, watcher, client) at start-up and share it.", "Or `defer h.Close()` after opening it."},
		[]string{"What is opened per call is closed per call; pools such as sql.DB are opened once."}, waitKeeps},
	{analyze.ContextWatcher, "children of a parent context of a custom type are never cancelled; each keeps a goroutine that waits for the parent",
		[]string{"`defer cancel()` for every derived context.", "Let the custom context embed a context of the standard library instead of having a Done channel of its own, so that no watcher goroutine is needed."},
		[]string{"Every WithCancel, WithTimeout and WithDeadline has its `defer cancel()` on the next line."}, waitKeeps},
	{analyze.Unknown, "how the goroutines come to stay cannot be told from profiles alone",
		[]string{"Read the creation site and the blocked line named above and answer: who is to wake this goroutine, and on which path does that not happen?", "Give the goroutine a way to end: a context it selects on, a close of what it reads from, or a deadline."},
		[]string{"Before writing `go`, know how the goroutine ends and who waits for it."}, waitHangs},
}
