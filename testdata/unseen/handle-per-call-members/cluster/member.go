// Package cluster asks the members of a cluster to do things.
package cluster

import (
	"fmt"
	"net/rpc"
	"time"
)

// Member is one server of the cluster.
type Member struct {
	Name string
	Addr string
}

// connect returns a client of the member's store.
func (m *Member) connect() (*rpc.Client, error) {
	client, err := rpc.Dial("tcp", m.Addr) // cause
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", m.Name, err)
	}
	return client, nil
}

// Status returns how the member is.
func (m *Member) Status(pause time.Duration) (Status, error) {
	kv, err := m.connect()
	if err != nil {
		return Status{}, err
	}
	defer kv.Close()
	var status Status
	err = kv.Call("KV.Status", pause, &status)
	return status, err
}

// Compact lets the member forget what is older than revision.
func (m *Member) Compact(revision int64) error {
	kv, err := m.connect() // cause
	if err != nil {
		return err
	}
	var compacted int64
	if err := kv.Call("KV.Compact", revision, &compacted); err != nil {
		return fmt.Errorf("compact %s: %w", m.Name, err)
	}
	if compacted < revision {
		return fmt.Errorf("compact %s: at revision %d instead of %d", m.Name, compacted, revision)
	}
	return nil
}
