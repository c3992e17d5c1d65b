// Package protocol is what relays and their clients say to each other: JSON with its length before it.
package protocol

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Kind is what a message is for.
type Kind string

// The kinds of messages.
const (
	Join       Kind = "join"
	Ping       Kind = "ping"
	Pong       Kind = "pong"
	Invitation Kind = "invitation"
)

// Message is one piece of a conversation.
type Message struct {
	Kind Kind          `json:"kind"`
	From string        `json:"from,omitempty"`
	Wait time.Duration `json:"wait,omitempty"`
}

// longest is the greatest length of a message in bytes.
const longest = 1 << 16

// Read returns the next message.
func Read(r io.Reader) (Message, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil { // cause
		return Message{}, fmt.Errorf("read a message's length: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > longest {
		return Message{}, fmt.Errorf("a message of %d bytes", length)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return Message{}, fmt.Errorf("read a message: %w", err)
	}
	var m Message
	return m, json.Unmarshal(body, &m)
}

// Write sends a message.
func Write(w io.Writer, m Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}
