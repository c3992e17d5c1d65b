package main

import "reflect"

// startForms has the ways to write a go statement.
func (t *things) startForms(i int) {
	go receive(t.never)
	go sendTwo(t.full, t.never, i)
	go t.method()
	f := t.method
	go f()
	g := (*things).byExpression
	go g(t, i)
	var w waiter = t
	go w.method()
	go value{t.never}.wait()
	go generic(t.never)
	go generic(t.other)
	(&box[string, int]{t.other}).start()
	inlined(t.never)
	inlinedTwice(t.never)
	nested(t.never)
	defer func() {
		go receive(t.never)
	}()
	go func(a, b int, c chan int) { c <- a + b }(i, 2, t.full)
	go reflect.ValueOf(receive).Call([]reflect.Value{reflect.ValueOf(t.never)})
	made := reflect.MakeFunc(reflect.TypeOf(func() {}), func([]reflect.Value) []reflect.Value {
		<-t.never
		return nil
	})
	go made.Interface().(func())()
}

type waiter interface{ method() }

func receive(c chan int) { <-c }

//go:noinline
func sendTwo(c, d chan int, i int) {
	select {
	case c <- i:
	case <-d:
	}
}

func (t *things) method() { t.full <- 1 }

func (t *things) byExpression(i int) { t.full <- i }

type value struct{ c chan int }

func (v value) wait() { <-v.c }

func generic[T any](c chan T) { <-c }

type box[K comparable, V any] struct{ c chan K }

func (b *box[K, V]) start() {
	go b.wait()
	go func() { b.wait() }()
}

func (b *box[K, V]) wait() { <-b.c }

// inlined is put into its caller by the compiler, go statement and all.
func inlined(c chan int) {
	go receive(c)
}

func inlinedTwice(c chan int) {
	inlined(c)
}

func nested(c chan int) {
	go func() {
		go func() { helper(c) }()
		helper(c)
	}()
}

func helper(c chan int) { deeper(c) }

func deeper(c chan int) { receive(c) }
