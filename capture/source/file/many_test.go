package file_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// lines is how many came, of all logs.
func (o *output) lines() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, l := range o.got {
		n += len(l)
	}
	return n
}

func (b *bench) waitLines(n int) {
	b.Helper()
	b.until("lines", fmt.Sprint(n), func() string { return fmt.Sprint(b.out.lines()) })
}

// each asks that what came of every log is what is wanted of it.
func (b *bench) each(want func(name string) string) {
	b.Helper()
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	for name, got := range b.out.got {
		if text := strings.Join(got, " "); text != want(name) {
			b.Errorf("%s: %s, want %s", name, text, want(name))
		}
	}
}

// A directory of ten thousand logs is read a few times when they are opened,
// and a few times more when hundreds of them are rotated, and not once or more
// for each (odigos#4577).
func TestTenThousandLogs(t *testing.T) {
	const logs, rotated, most = 10_000, 500, 200
	b := newBench(t)
	for i := range logs {
		b.check(os.WriteFile(b.path(fmt.Sprintf("app-%05d.log", i)), []byte("1\n"), 0o644))
	}
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}, Open: 200, Rescan: 5 * time.Second})
	b.waitLines(logs)
	for i := range rotated {
		name := fmt.Sprintf("app-%05d.log", i)
		b.rename(name, name+".1")
		b.check(os.WriteFile(b.path(name), []byte("2\n"), 0o644))
	}
	b.waitLines(logs + rotated)
	b.end()
	if n := b.s.Readings(); n > most {
		t.Errorf("directories were read %d times", n)
	}
	if n := b.s.Held(); n > 250 {
		t.Errorf("%d descriptors were held, and 200 were to be", n)
	}
	b.each(func(name string) string {
		if name < fmt.Sprintf("app-%05d", rotated) {
			return "1 2"
		}
		return "1"
	})
}

// Logs that appear one after the other are followed as they come.
func TestManyAppear(t *testing.T) {
	const logs = 1500
	b := newBench(t)
	began := time.Now()
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Rescan: time.Hour})
	for i := range logs {
		b.check(os.WriteFile(b.path(fmt.Sprintf("app-%05d.log", i)), []byte("1\n"), 0o644))
	}
	b.waitLines(logs)
	b.end()
	b.each(func(string) string { return "1" })
	// However slow the machine is: what reading took is what the pauses are measured by.
	if all, most := time.Since(began), time.Since(began)/(1+file.Leisure); b.s.Reading() > most+most/10 {
		t.Errorf("of %v the directory was read for %v, at most %v were expected", all, b.s.Reading(), most)
	}
}

// With few descriptors all logs are read, through rotations, over lines that
// are written in parts, and their ends are not waited for in vain.
func TestFewDescriptors(t *testing.T) {
	const logs, most = 60, 8
	b := newBench(t)
	for i := range logs {
		b.append(fmt.Sprintf("%02d.log", i), strings.Repeat("first\n", 2000))
	}
	opt := file.Options{Patterns: []string{"*.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}, Open: most, Rescan: 100 * time.Millisecond, Wait: 3 * time.Second}
	b.run(opt)
	b.waitLines(logs * 2000)
	for i := range logs {
		b.append(fmt.Sprintf("%02d.log", i), "be")
	}
	time.Sleep(300 * time.Millisecond)
	for i := range logs {
		name := fmt.Sprintf("%02d.log", i)
		if i%2 == 0 { // the others go out as they are
			b.append(name, "gun\n")
		}
	}
	b.waitLines(logs * 2001)
	for i := range logs {
		name := fmt.Sprintf("%02d.log", i)
		b.rename(name, name+".1")
		b.append(name+".1", "late\n")
		b.append(name, "next\n")
	}
	b.waitLines(logs * 2003)
	for i := range logs { // gone when it comes to them
		name := fmt.Sprintf("%02d.log", i)
		b.append(name, "last\n")
	}
	b.waitLines(logs * 2004)
	b.end()
	// All were rotated at once, and a log is not closed within a rotation: they take
	// turns when there are half as many more, and the one that is read may hold a second one, for late lines.
	if n := b.s.Held(); n > most+most/2+1 {
		t.Errorf("%d descriptors were held by %d logs, and %d were to be but for those that are being rotated", n, logs, most)
	}
	b.each(func(name string) string {
		begun := "be(partial)"
		if (name[1]-'0')%2 == 0 {
			begun = "begun"
		}
		return strings.TrimSpace(strings.Repeat("first ", 2000)) + " " + begun + " late next last"
	})
}

// After a restart more logs may be within a rotation than may be open: they
// take turns, and what lies beside them is theirs and not taken for other logs.
func TestFewDescriptorsRestart(t *testing.T) {
	const logs, most = 60, 8
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"*"}, Follow: true, Start: fromStart, Open: most, Rescan: 100 * time.Millisecond}
	}
	for i := range logs {
		b.append(fmt.Sprintf("%02d.log", i), "first\n")
	}
	b.run(opt())
	b.waitLines(logs)
	b.end()
	for i := range logs {
		name := fmt.Sprintf("%02d.log", i)
		b.append(name, "late\n")
		b.rename(name, name+".1")
		b.append(name, "next\n")
	}
	b.run(opt())
	b.waitLines(3 * logs)
	b.end()
	if n := b.s.Held(); n > most+most/2+1 {
		t.Errorf("%d descriptors were held by %d logs, and %d were to be but for those that are being rotated", n, logs, most)
	}
	b.each(func(name string) string {
		if strings.HasSuffix(name, ".1") {
			return "nothing"
		}
		return "first late next"
	})
}

// With few descriptors what is there is read to its end, once.
func TestFewDescriptorsOnce(t *testing.T) {
	const logs = 50
	b := newBench(t)
	for i := range logs {
		b.append(fmt.Sprintf("%02d.log", i), strings.Repeat("line\n", 1000)+"end")
	}
	b.run(file.Options{Patterns: []string{"*.log"}, Start: fromStart, Open: 8})
	b.end()
	if n := b.out.lines(); n != logs*1001 {
		t.Errorf("%d lines", n)
	}
}

// A large backlog takes turns with small ones, a block each, and is never in
// memory at once (contrib#46002).
func TestContrib46002FairBacklog(t *testing.T) {
	const small, big = 100, 64 << 20
	b := newBench(t)
	line := strings.Repeat("x", 1023) + "\n"
	b.append("00-big.log", strings.Repeat(line, big/len(line)))
	for i := range small {
		b.append(fmt.Sprintf("small-%03d.log", i), "1\n2\n")
	}
	b.out.count = map[string]int{}
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}})
	b.until("lines of the large one", fmt.Sprint(big/len(line)), func() string { return fmt.Sprint(b.out.counted("00-big.log")) })
	b.end()
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	if n := b.out.before; n > 8<<20 {
		t.Errorf("%d bytes of the large one came before the last of the small ones", n)
	}
	if b.out.largest > 1<<20 {
		t.Errorf("a batch had %d bytes", b.out.largest)
	}
}
