package main

// startStacks has stacks that are hard to follow.
func (t *things) startStacks() {
	go func() { recurse(2000, t.never) }()
	go recurse(1500, t.never)
	go func() { large(24, t.never) }()
	go func() { recurse(80, t.never) }()
	go panics(t.never)
	go faults(t.never, nil)
	go func() {
		defer func() { <-t.never }()
	}()
	go func() {
		defer t.byExpression(1)
		defer generic(t.never)
	}()
}

//go:noinline
func recurse(n int, c chan int) int {
	if n == 0 {
		return <-c
	}
	return recurse(n-1, c) + 1
}

// large has few calls, each of which has a frame of 8 KiB.
//
//go:noinline
func large(n int, c chan int) int {
	var room [8192]byte
	room[n] = byte(n)
	if n == 0 {
		return <-c
	}
	return large(n-1, c) + int(room[n])
}

// panics blocks while it panics.
func panics(c chan int) {
	defer func() {
		<-c
		recover()
	}()
	panic("on purpose")
}

// faults blocks after a signal has interrupted it at an instruction that is no call.
func faults(c chan int, p *int) {
	defer func() {
		<-c
		recover()
	}()
	*p = 1
}
