// Package broker hands publications to subscribers, each of which has a queue of its own.
package broker

import "sync"

// Publication is a message for a channel.
type Publication struct {
	Channel string
	Data    string
}

// Broker knows the subscribers of each channel.
type Broker struct {
	mu   sync.RWMutex
	subs map[string][]*Client
}

// New returns a Broker without subscribers.
func New() *Broker { return &Broker{subs: map[string][]*Client{}} }

// Subscribe adds a client.
func (b *Broker) Subscribe(channel string, limits Limits) *Client {
	c := &Client{channel: channel, out: newWriter(limits)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs[channel] = append(b.subs[channel], c)
	return c
}

// Publish hands p over without waiting for the subscribers.
func (b *Broker) Publish(p Publication) {
	b.mu.RLock()
	clients := b.subs[p.Channel]
	b.mu.RUnlock()
	for _, c := range clients {
		go c.deliver(p) // leak:func
	}
}

// Client is a subscriber.
type Client struct {
	channel string
	out     *writer

	mu      sync.Mutex
	dropped int
}

// Take returns the next messages, and none when there are none.
func (c *Client) Take() []string {
	if c.refused() > 1000 {
		return nil
	}
	return c.out.take(16)
}

// Close lets no more messages in.
func (c *Client) Close() { c.out.close() }

func (c *Client) deliver(p Publication) {
	if err := c.out.enqueue(p.Data); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.dropped++
	}
}

func (c *Client) refused() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}
