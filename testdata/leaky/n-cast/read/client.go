// Package read reads keys from whichever replica answers.
package read

import (
	"sync"

	"logcap.test/programs/leaky/n-cast/race"
	"logcap.test/programs/leaky/n-cast/replica"
)

// Client reads from a set of replicas.
type Client struct {
	nodes  []replica.Node
	runner race.Runner

	mu     sync.Mutex
	owners map[string]replica.Node
}

// NewClient returns a client of nodes.
func NewClient(nodes []replica.Node) *Client {
	return &Client{nodes: nodes, owners: map[string]replica.Node{}}
}

// Own remembers which replica has the newest value of k.
func (c *Client) Own(k replica.Key, n replica.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owners[k.Name] = n
}

// candidates are the replicas to ask for k: its owner, or all of them when it has none.
func (c *Client) candidates(k replica.Key) []replica.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.owners[k.Name]; ok {
		delete(c.owners, k.Name)
		return []replica.Node{n}
	}
	return c.nodes
}

// Get returns the data of k.
func (c *Client) Get(k replica.Key) string {
	data := make(chan string)
	for _, n := range c.candidates(k) {
		go func() { // leak:func
			data <- n.Get(k).Data
		}()
	}
	return <-data // cause:func
}

// GetVersion returns the data of k and where it is from.
func (c *Client) GetVersion(k replica.Key) string {
	values := make(chan replica.Value)
	c.fan(k, values)
	v := <-values // cause:method
	return v.From + ": " + v.Data
}

// fan has the value of k delivered.
func (c *Client) fan(k replica.Key, values chan<- replica.Value) {
	nodes := c.candidates(k)
	for i := range nodes {
		go nodes[i].Deliver(k, values) // leak:method
	}
}

// GetAny returns the data of k in whatever version comes first.
func (c *Client) GetAny(k replica.Key) string {
	var calls []func() replica.Value
	for _, n := range c.candidates(k) {
		calls = append(calls, func() replica.Value { return n.Get(k) })
	}
	return race.First(&c.runner, calls...).Data
}
