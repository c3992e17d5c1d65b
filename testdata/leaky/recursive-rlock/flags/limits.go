package flags

import (
	"sync"
	"time"
)

// limits is the flags that switch limits on.
type limits struct {
	sync.RWMutex
	byName map[string]Flag
	pace   Pace
}

// NewLimits returns the flags that switch limits on.
func NewLimits(pace Pace) Set {
	return &limits{byName: shipped(), pace: pace}
}

// find returns the flag of that name, and one that is on when there is none.
func (l *limits) find(name string) Flag {
	l.RLock() // cause:method cause:stuck-method
	defer l.RUnlock()
	if f, ok := l.byName[name]; ok {
		return f
	}
	return Flag{On: true}
}

func (l *limits) Evaluate() error {
	l.RLock()
	defer l.RUnlock()
	on := 0
	for _, f := range l.byName {
		time.Sleep(l.pace.Each)
		if f.On && l.find(f.Parent).On { // cause:method cause:stuck-method
			on++
		}
	}
	return nil
}

func (l *limits) Reload() error {
	time.Sleep(l.pace.Reload)
	l.Lock()
	defer l.Unlock()
	l.byName = shipped()
	return nil
}
