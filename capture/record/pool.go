package record

import "sync"

// Buffers come in classes, so that a container that writes a line a second
// does not hold the memory of one that writes a megabyte.
var classes = [...]int{2 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}

// bytesPerRecord is the line length that the list of records is made for at first, in bytes.
const bytesPerRecord = 128

// Pool keeps the memory of acknowledged batches for the next ones. Its zero value is ready.
type Pool struct{ free [len(classes)]sync.Pool }

// Get is an empty batch of an origin with room for at least size bytes.
func (p *Pool) Get(o *Origin, size int) *Batch {
	class := classOf(size)
	if class < 0 {
		return &Batch{Origin: o, Buf: make([]byte, 0, size), Records: make([]Record, 0, size/bytesPerRecord), pool: p}
	}
	if b, ok := p.free[class].Get().(*Batch); ok {
		b.Origin = o
		return b
	}
	size = classes[class]
	return &Batch{Origin: o, Buf: make([]byte, 0, size), Records: make([]Record, 0, size/bytesPerRecord), pool: p}
}

// put keeps b in the class that its buffer has grown into; larger ones go to the collector.
func (p *Pool) put(b *Batch) {
	class := len(classes) - 1
	for class >= 0 && cap(b.Buf) < classes[class] {
		class--
	}
	if class < 0 || cap(b.Buf) > 2*classes[class] || cap(b.Records) > classes[class] {
		return
	}
	b.Origin, b.Position, b.Ack = nil, nil, nil
	b.Buf, b.Records, b.Fields = b.Buf[:0], b.Records[:0], b.Fields[:0]
	p.free[class].Put(b)
}

// classOf is the smallest class with room for size bytes; -1 when none has.
func classOf(size int) int {
	for i, c := range classes {
		if size <= c {
			return i
		}
	}
	return -1
}
