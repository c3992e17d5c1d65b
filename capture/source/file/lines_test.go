package file

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
)

// decode gives text to a decoder in pieces of the given sizes, the last one
// repeated, as a Follower does: what is not used comes again with more behind it.
func decode(d *Lines, text []byte, pieces ...int) []string {
	var got []string
	var carry []byte
	for i := 0; len(text) > 0 || i == 0; i++ {
		n := min(max(1, pieces[min(i, len(pieces)-1)]), len(text))
		b := &record.Batch{Buf: append(slices.Clone(carry), text[:n]...)}
		text = text[n:]
		raw := len(b.Buf)
		used := d.Decode(b, 0, 1, len(text) == 0)
		carry = slices.Clone(b.Buf[used:raw])
		for i := range b.Records {
			s := string(b.Message(i))
			if b.Records[i].Flags&record.Partial != 0 {
				s += "|partial"
			}
			if b.Records[i].Flags&record.Cut != 0 {
				s += "|cut"
			}
			got = append(got, s)
		}
	}
	if len(carry) > 0 {
		got = append(got, fmt.Sprintf("%q is left", carry))
	}
	return got
}

func wideText(s string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name string
		opt  LinesOptions
		text string
		want []string
	}{
		{"nothing", LinesOptions{}, "", nil},
		{"lines", LinesOptions{}, "a\nbc\n\nd\n", []string{"a", "bc", "", "d"}},
		{"no newline at the end", LinesOptions{}, "a\nb", []string{"a", "b|partial"}},
		{"carriage returns", LinesOptions{}, "a\r\n\r\nb\rc\r\n", []string{"a", "", "b\rc"}},
		{"a byte order mark", LinesOptions{}, "\xef\xbb\xbfa\n\xef\xbb\xbfb\n", []string{"a", "\xef\xbb\xbfb"}},
		{"no UTF-8", LinesOptions{}, "a\xff\xfe\n\xe9\n", []string{"a\xff\xfe", "\xe9"}},
		{"a hole", LinesOptions{}, "\x00\x00\x00\x00a\nb\x00\n", []string{"a", "b\x00"}},
		{"cut", LinesOptions{MaxLine: 3}, "abc\nabcd\nabcdefghijk\nx\n", []string{"abc", "abc|cut", "abc|cut", "x"}},
		{"cut before a carriage return", LinesOptions{MaxLine: 3}, "abc\r\nabcd\r\n", []string{"abc", "abc|cut"}},
		{"cut at a whole character", LinesOptions{MaxLine: 4}, "abcé\nabcdé\n", []string{"abc|cut", "abcd|cut"}},
		{"split", LinesOptions{MaxLine: 3, SplitLong: true}, "abc\nabcdefgh\nx\n", []string{"abc", "abc|partial", "def|partial", "gh", "x"}},
		{"cut without an end", LinesOptions{MaxLine: 3}, "abcdefgh", []string{"abc|cut"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, piece := range []int{1, 2, 3, 5, 100} {
				if diff := cmp.Diff(tt.want, decode(NewLines(tt.opt), []byte(tt.text), piece)); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", piece, diff)
				}
			}
		})
	}
}

func TestUTF16(t *testing.T) {
	for _, big := range []bool{false, true} {
		for _, piece := range []int{1, 2, 3, 7, 100} {
			text := wideText("a\r\né€😀\n\nend", big)
			want := []string{"a", "é€😀", "", "end|partial"}
			if diff := cmp.Diff(want, decode(NewLines(LinesOptions{}), text, piece)); diff != "" {
				t.Errorf("big %v in pieces of %d (-want +got):\n%s", big, piece, diff)
			}
		}
	}
}

// A position keeps what the bytes before it have told: the encoding, and that a cut line is passed over.
func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		text string
		at   int
		want []string
	}{
		{string(wideText("ab\ncd\n", false)), 8, []string{"cd"}},
		{"abcdefgh\nx\n", 6, []string{"x"}},
		{"a\nb\n", 2, []string{"b"}},
	} {
		d := NewLines(LinesOptions{MaxLine: 3})
		d.Decode(&record.Batch{Buf: []byte(tt.text[:tt.at])}, 0, 1, false)
		next := NewLines(LinesOptions{MaxLine: 3})
		next.Resume(d.Mark())
		if diff := cmp.Diff(tt.want, decode(next, []byte(tt.text[tt.at:]), 100)); diff != "" {
			t.Errorf("%q behind %q (-want +got):\n%s", tt.text, d.Mark(), diff)
		}
	}
}

func TestBinary(t *testing.T) {
	for head, want := range map[string]bool{
		"": false, "text\n": false, "\x00\x00\x00text": false, "\x7fELF\x02\x00\x00": true, "a\x00b": true, "\xff\xfea\x00": false, "\xe9\xff": false,
	} {
		if binary([]byte(head)) != want {
			t.Errorf("%q: %v", head, !want)
		}
	}
}

// Whatever the bytes and however they arrive, the lines are those that a plain splitter finds.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\nc"), uint8(1), uint8(3))
	f.Add([]byte("\x00\x00a\n\xef\xbb\xbf"), uint8(2), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, first, rest uint8) {
		if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
			return // UTF-16 has its own rules
		}
		got := decode(NewLines(LinesOptions{}), text, int(first), int(rest))
		body := bytes.TrimLeft(text, "\x00")
		if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
			return
		}
		body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
		var want []string
		for len(body) > 0 {
			line, after, whole := strings.Cut(string(body), "\n")
			if whole {
				line = strings.TrimSuffix(line, "\r")
			} else {
				line += "|partial"
			}
			want = append(want, line)
			body = []byte(after)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q in pieces of %d, %d (-want +got):\n%s", text, first, rest, diff)
		}
	})
}
