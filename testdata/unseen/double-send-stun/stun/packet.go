package stun

import (
	"encoding/binary"
	"errors"
)

// Packet is a question or an answer.
type Packet struct {
	Kind uint16
	ID   uint32
	Work uint16 // milliseconds the server may take
}

// The kinds of packets.
const (
	Binding  = 1
	Response = 0x101
)

const packetSize = 8

// ErrFormat says that a packet is none of ours.
var ErrFormat = errors.New("not a packet")

func (p Packet) encode() []byte {
	b := make([]byte, packetSize)
	binary.BigEndian.PutUint16(b, p.Kind)
	binary.BigEndian.PutUint32(b[2:], p.ID)
	binary.BigEndian.PutUint16(b[6:], p.Work)
	return b
}

func decode(b []byte) (Packet, error) {
	if len(b) != packetSize {
		return Packet{}, ErrFormat
	}
	return Packet{Kind: binary.BigEndian.Uint16(b), ID: binary.BigEndian.Uint32(b[2:]), Work: binary.BigEndian.Uint16(b[6:])}, nil
}
