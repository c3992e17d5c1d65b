// Package record is what every stage of the collector shares: Record, Batch,
// Origin, Position, Ack. It imports nothing of ours and does no I/O.
//
// Records travel in batches. A batch holds the records of one origin; their
// bytes lie in one buffer, and a record holds offsets into it and no pointer,
// so that a batch costs a few allocations and a line costs none.
package record

// Origin is where records come from: one container, one file, standard input.
// Its source makes it once, all batches of the origin point to it, and nobody
// changes it: a container that is renamed gets a new Origin with the same Key.
type Origin struct {
	Key    string // unique and stable over restarts: "docker:<container id>", "file:<path>", "stdin"
	Source string // the kind of source: "docker", "file", "stdin"
	Name   string // what people call it: the container's name, the file's path, "stdin"
	ID     string // the container's id; "" for other sources
	Attrs  []Attr // what was chosen of labels and metadata, sorted by key
}

// Attr is one attribute of an origin.
type Attr struct{ Key, Value string }

// Stream is which of its origin's streams a record was written to.
type Stream uint8

// The streams of an origin; files have none.
const (
	NoStream Stream = iota
	Stdout
	Stderr
)

// String is the stream's name as it is in output: "", "stdout", "stderr".
func (s Stream) String() string {
	switch s {
	case Stdout:
		return "stdout"
	case Stderr:
		return "stderr"
	}
	return ""
}

// Flags say what is particular about a record.
type Flags uint8

// What can be particular about a record.
const (
	Partial Flags = 1 << iota // the line's end did not come: it waited too long, or its log ended without a newline
	Cut                       // the line was longer than the limit; the rest is counted, not kept
	Joined                    // several lines became this record
	Decoded                   // Message and fields come from a JSON object
)

// Span is a part of a batch's buffer: Buf[Start:End].
type Span struct{ Start, End uint32 }

// Len is the number of bytes.
func (s Span) Len() int { return int(s.End - s.Start) }

// Record is one line, or the lines of one event. It is meaningful only with its batch.
type Record struct {
	Time    int64  // Unix time in ns: the engine's for containers, when it was read for others
	Message Span   // without the newline; as it was written, valid UTF-8 or not
	Field   uint32 // index of its first field in Batch.Fields
	Fields  uint16 // number of its fields
	Stream  Stream
	Flags   Flags
}

// Field is an attribute of one record, as JSON decoding made it. Both spans
// hold raw JSON: Key is a string with its quotes, Value any JSON value. A
// stage that makes fields has checked that they are valid JSON on one line.
type Field struct{ Key, Value Span }
