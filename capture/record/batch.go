package record

import "sync/atomic"

// Position is a place in an origin from which its source can go on. Only its
// source knows what is in it.
type Position interface {
	// Commit says that everything before the position, and nothing after it,
	// has been acknowledged. Called in the order in which the batches were
	// sent, never twice at once for one origin, from any goroutine. It must
	// not block for long.
	Commit()
}

// Ack is told when every sink that a batch went to has taken it, or has given
// it up in a way that was counted.
type Ack interface {
	// Acknowledge is called once a batch. The batch's bytes must not be used afterwards.
	Acknowledge(b *Batch)
}

// Batch is records of one origin in the order in which they were written,
// and the buffer their bytes lie in. Whoever has it may change it until it is
// sent; from then on it is only read, possibly by several sinks at once,
// until the last of them calls Done.
type Batch struct {
	Origin   *Origin
	Buf      []byte
	Records  []Record
	Fields   []Field
	Position Position // where the source goes on behind this batch; nil when acknowledging it moves nothing
	Ack      Ack      // set by who sends it to sinks

	pool    *Pool
	holders atomic.Int32
}

// Message is the text of record i: a part of Buf, not a copy.
func (b *Batch) Message(i int) []byte {
	s := b.Records[i].Message
	return b.Buf[s.Start:s.End:s.End]
}

// Bytes is the part of Buf that s names.
func (b *Batch) Bytes(s Span) []byte { return b.Buf[s.Start:s.End:s.End] }

// Of are the fields of record i.
func (b *Batch) Of(i int) []Field {
	r := &b.Records[i]
	return b.Fields[r.Field : r.Field+uint32(r.Fields)]
}

// Append adds a record whose text is copied to the end of Buf.
func (b *Batch) Append(r Record, text []byte) {
	start := uint32(len(b.Buf))
	b.Buf = append(b.Buf, text...)
	r.Message = Span{start, uint32(len(b.Buf))}
	b.Records = append(b.Records, r)
}

// Size is the memory that the batch holds, in bytes: what queues are bounded by.
func (b *Batch) Size() int64 {
	const record, field, fixed = 24, 16, 128
	return int64(cap(b.Buf)) + record*int64(cap(b.Records)) + field*int64(cap(b.Fields)) + fixed
}

// Hold says how many sinks the batch goes to: Done has to be called as often.
func (b *Batch) Hold(sinks int) { b.holders.Store(int32(sinks)) }

// Done says that one sink is through with the batch. The last one acknowledges it
// and gives its memory back; nobody may touch the batch afterwards.
func (b *Batch) Done() {
	if b.holders.Add(-1) > 0 {
		return
	}
	if b.Ack != nil {
		b.Ack.Acknowledge(b)
	}
	b.Release()
}

// Release gives the memory of a batch that was not sent back to its pool.
func (b *Batch) Release() {
	if b.pool != nil {
		b.pool.put(b)
	}
}
