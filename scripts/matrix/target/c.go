//go:build cgo

package main

/*
#include <pthread.h>
#include <unistd.h>

extern void fromC(int);

static void waitInC(int fd) { char b; (void)!read(fd, &b, 1); }
static void throughC(int n) { fromC(n); }
static void *thread(void *p) { (void)p; fromC(2); return 0; }
static void startThread(void) { pthread_t t; pthread_create(&t, 0, thread, 0); }
*/
import "C"

// blocked is what fromC waits for; C cannot be given a channel.
var blocked chan int

//export fromC
func fromC(n C.int) {
	if n == 1 {
		C.throughC(0)
	}
	<-blocked
}

// startC has goroutines inside C, behind C and on a thread of C's.
func startC(t *things) {
	blocked = t.never
	for i := 0; i < copies; i++ {
		go func() { C.waitInC(C.int(t.fd)) }()
		go func() { C.throughC(0) }()
		go func() { C.throughC(1) }()
		C.startThread()
	}
}
