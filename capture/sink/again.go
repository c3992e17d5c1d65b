package sink

// keep is the most memory that a buffer holds on to when little of it is needed, in bytes.
const keep = 4 << 20

// again is buf, emptied, for the next Write. One that a record of 100 MB has
// made large does not stay so for as long as the sink lives.
func again(buf []byte) []byte {
	if cap(buf) > keep && len(buf) < cap(buf)/4 {
		return nil
	}
	return buf[:0]
}
