package lint

import "fmt"

// Opens is the fact that what a function gives back, or a method's receiver,
// has to be ended, because something stays until it is.
type Opens struct {
	// Ends are the methods one of which ends it.
	Ends []string
	// Client: what stays are the connections of an HTTP client; otherwise it is a goroutine.
	Client bool
	// Receiver: it is the receiver that has to be ended, not the first result.
	Receiver bool
}

// AFact marks Opens as a fact.
func (*Opens) AFact() {}

func (o *Opens) String() string { return fmt.Sprintf("opens what %s ends", quoted(o.Ends)) }

// Keeps is the fact that a method returns holding, or gives back, a lock that is a field of its receiver.
type Keeps struct {
	Lock  string // the field
	Read  bool   // it is the read lock
	Gives bool   // the lock is given back
}

// AFact marks Keeps as a fact.
func (*Keeps) AFact() {}

func (k *Keeps) String() string {
	if k.Gives {
		return "gives back " + k.Lock
	}
	return "keeps " + k.Lock
}

// Makes is the fact that a function gives back a new value that nobody else knows.
type Makes struct{}

// AFact marks Makes as a fact.
func (*Makes) AFact() {}

func (*Makes) String() string { return "makes" }

// Responds is the fact that a function hands on the response of an HTTP request
// with its body as it came: neither read nor closed.
type Responds struct{}

// AFact marks Responds as a fact.
func (*Responds) AFact() {}

func (*Responds) String() string { return "responds" }
