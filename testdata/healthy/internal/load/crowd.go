package load

import (
	"context"
	"net"
	"time"
)

// Crowd is clients on plain connections, all kept by the one goroutine that
// calls Run: the service under watch has its own goroutines for them and none
// of theirs, as if they were on other machines.
type Crowd struct {
	Addr string
	// Message is what a client says; the answer is read before it speaks again.
	Message []byte
	// Pause is the time between two messages of one client.
	Pause func() time.Duration
	// Life is how long a client stays.
	Life func() time.Duration
	// Size is how many clients there are after a time; those who left are replaced.
	Size func(elapsed time.Duration) int
}

type client struct {
	conn  net.Conn
	spoke bool
	next  time.Time
	end   time.Time
}

// Run keeps the crowd until ctx ends, closes every connection and returns the
// first failure to connect.
func (c *Crowd) Run(ctx context.Context) error {
	var clients []*client
	defer func() {
		for _, one := range clients {
			one.conn.Close()
		}
	}()
	begin := time.Now()
	for Sleep(ctx, 50*time.Millisecond) {
		now := time.Now()
		clients = c.serve(clients, now)
		for want := c.Size(now.Sub(begin)); len(clients) < want; {
			conn, err := net.Dial("tcp", c.Addr)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			clients = append(clients, &client{conn: conn, next: now, end: now.Add(c.Life())})
		}
	}
	return nil
}

// serve lets those speak whose time has come and drops those who are done.
func (c *Crowd) serve(clients []*client, now time.Time) []*client {
	stay := clients[:0]
	for _, one := range clients {
		if now.After(one.end) || now.After(one.next) && c.speak(one, now) != nil {
			one.conn.Close()
			continue
		}
		stay = append(stay, one)
	}
	return stay
}

func (c *Crowd) speak(one *client, now time.Time) error {
	if one.spoke {
		var answer [4096]byte
		if err := one.conn.SetReadDeadline(now.Add(2 * time.Second)); err != nil {
			return err
		}
		if _, err := one.conn.Read(answer[:]); err != nil {
			return err
		}
	}
	one.spoke = true
	one.next = now.Add(c.Pause())
	_, err := one.conn.Write(c.Message)
	return err
}
