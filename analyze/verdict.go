// Package analyze judges: counts and dumps of one target over a watch in,
// findings out. It reads no clock, no disk and no network; time arrives in the data.
package analyze

// Verdict is how sure a finding is. Its order is the ladder's.
type Verdict string

// The ladder, surest first. Stuck stands beside it.
const (
	Confirmed       Verdict = "confirmed"         // the runtime's own leak profile lists it
	Probable        Verdict = "probable"          // trend and cohort agree, or an unmistakable signature
	Stuck           Verdict = "stuck"             // does not grow and will not move
	Suspect         Verdict = "suspect"           // trend only
	GrowingWithLoad Verdict = "growing-with-load" // growth with deaths or load alongside
	Inconclusive    Verdict = "inconclusive"      // too little was seen; never to be read as clean
	Stable          Verdict = "stable"
)

// Severity is impact, not certainty.
type Severity string

// The severities: a known limit is reached within a day, a week, a month, or later.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Mechanism is the kebab-case name of how the goroutines came to stay.
type Mechanism string

// The mechanisms. Unknown is the honest answer where profiles alone cannot decide.
const (
	PrematureReturn   Mechanism = "premature-return"
	TimeoutLeak       Mechanism = "timeout-leak"
	NCast             Mechanism = "n-cast"
	DoubleSend        Mechanism = "double-send"
	UnclosedRange     Mechanism = "unclosed-range"
	MissingReceiver   Mechanism = "missing-receiver"
	MissingSender     Mechanism = "missing-sender"
	ContractViolation Mechanism = "contract-violation"
	LostCancel        Mechanism = "lost-cancel"
	TimerLoop         Mechanism = "timer-loop"
	NilChannel        Mechanism = "nil-channel"
	EmptySelect       Mechanism = "empty-select"
	WaitGroupMisuse   Mechanism = "waitgroup-misuse"
	DoubleLock        Mechanism = "double-lock"
	MissingUnlock     Mechanism = "missing-unlock"
	LockOrder         Mechanism = "lock-order"
	RecursiveRLock    Mechanism = "recursive-rlock"
	ChannelUnderLock  Mechanism = "channel-under-lock"
	MissingSignal     Mechanism = "missing-signal"
	StuckIO           Mechanism = "stuck-io"
	HTTPBodyNotClosed Mechanism = "http-body-not-closed"
	ClientPerCall     Mechanism = "client-per-call"
	HandlePerCall     Mechanism = "handle-per-call"
	ContextWatcher    Mechanism = "context-watcher"
	Unknown           Mechanism = "unknown"
)
