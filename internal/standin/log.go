package standin

import (
	"encoding/binary"
	"strconv"
	"time"
)

// message is what the engine has a timestamp for: a line, or a fragment of one.
type message struct {
	time   int64 // Unix ns
	at     int   // in the block's text
	stream byte  // 1 is stdout, 2 is stderr
}

// block is a part of a log. Its text has, for each message, a frame as it is
// sent: a header of 8 bytes, the timestamp, a space, the line.
type block struct {
	first    uint64 // number of messages[0]
	messages []message
	text     []byte
	newest   int64
}

// Sizes, in bytes.
const (
	blockSize = 16 << 10
	headLen   = 8
	stampForm = "2006-01-02T15:04:05.000000000Z07:00" // jsonmessage.RFC3339NanoFixed in the engine's source
	stampLen  = 30                                    // of a time in UTC
)

// log is what a container has written, without what is older than it is remembered.
type log struct {
	blocks []*block
	next   uint64 // number that the next message will have
}

// add appends a message.
func (l *log) add(stream byte, t int64, line []byte) {
	var b *block
	if n := len(l.blocks); n > 0 {
		b = l.blocks[n-1]
	}
	size := headLen + stampLen + 1 + len(line)
	if b == nil || len(b.text) > 0 && len(b.text)+size > cap(b.text) {
		b = &block{first: l.next, text: make([]byte, 0, max(blockSize, size))}
		l.blocks = append(l.blocks, b)
	}
	b.messages = append(b.messages, message{t, len(b.text), stream})
	b.newest = max(b.newest, t)
	b.text = append(b.text, stream, 0, 0, 0)
	b.text = binary.BigEndian.AppendUint32(b.text, uint32(size-headLen))
	b.text = time.Unix(0, t).UTC().AppendFormat(b.text, stampForm)
	b.text = append(b.text, ' ')
	b.text = append(b.text, line...)
	l.next++
}

// forget lets blocks go that hold nothing newer than a moment, but not the last one.
func (l *log) forget(before int64) {
	n := 0
	for n < len(l.blocks)-1 && l.blocks[n].newest < before {
		n++
	}
	if n > 0 {
		clear(l.blocks[:n])
		l.blocks = l.blocks[n:]
	}
}

// first is the number of the oldest message that is remembered.
func (l *log) first() uint64 {
	if len(l.blocks) == 0 {
		return l.next
	}
	return l.blocks[0].first
}

// seek is the number of the first message of a block that has some since a
// moment, in Unix ns. forgot says that earlier ones of that time may have been forgotten.
func (l *log) seek(since int64) (from uint64, forgot bool) {
	from = l.first()
	forgot = from > 0 && len(l.blocks) > 0 && since <= l.blocks[0].messages[0].time
	for _, k := range l.blocks {
		if k.newest >= since {
			break
		}
		from = k.first + uint64(len(k.messages))
	}
	return from, forgot
}

// wanted says which messages are sent and how.
type wanted struct {
	since, until int64 // Unix ns, both included; 0: no bound
	streams      [3]bool
	stamps       bool
	raw          bool // without frames, as for a TTY
	piece        int  // bytes of an HTTP chunk; 0: a whole message
}

// read appends the messages from number from on and before limit to b as HTTP chunks, until that has
// about most bytes, and gives the number of the one after the last. over says that one later than w.until was met.
func (l *log) read(b []byte, from, limit uint64, w *wanted, most int) (_ []byte, next uint64, over bool) {
	for _, k := range l.blocks {
		end := min(k.first+uint64(len(k.messages)), limit)
		switch {
		case end <= from:
			continue
		case k.newest < w.since:
			from = end
			continue
		}
		for ; from < end; from++ {
			if len(b) >= most {
				return b, from, false
			}
			i := int(from - k.first)
			m := k.messages[i]
			switch {
			case m.time < w.since || !w.streams[m.stream]:
				continue
			case w.until > 0 && m.time > w.until:
				return b, from, true
			}
			stop := len(k.text)
			if i+1 < len(k.messages) {
				stop = k.messages[i+1].at
			}
			b = w.append(b, k.text[m.at:stop])
		}
	}
	return b, from, false
}

// append appends one frame as it is wanted.
func (w *wanted) append(b, frame []byte) []byte {
	switch {
	case w.raw && w.stamps:
		return w.chunks(b, frame[headLen:])
	case w.raw:
		return w.chunks(b, frame[headLen+stampLen+1:])
	case w.stamps:
		return w.chunks(b, frame)
	}
	line := frame[headLen+stampLen+1:]
	plain := binary.BigEndian.AppendUint32(append([]byte(nil), frame[:4]...), uint32(len(line)))
	return w.chunks(b, append(plain, line...))
}

// chunks appends data as HTTP/1.1 sends it when its length is not known: the engine flushes after each message.
func (w *wanted) chunks(b, data []byte) []byte {
	for len(data) > 0 {
		n := len(data)
		if w.piece > 0 {
			n = min(n, w.piece)
		}
		b = strconv.AppendUint(b, uint64(n), 16)
		b = append(b, "\r\n"...)
		b = append(b, data[:n]...)
		b = append(b, "\r\n"...)
		data = data[n:]
	}
	return b
}
