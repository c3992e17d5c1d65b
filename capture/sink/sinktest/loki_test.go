package sinktest

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/snappy"
)

// push is one made by hand: a stream {a="b"} with an entry at 1.000000002 s, "x", and a pair k=v.
const push = "\x0a\x1c\x0a\x07{a=\"b\"}\x12\x11\x0a\x04\x08\x01\x10\x02\x12\x01x\x1a\x06\x0a\x01k\x12\x01v"

func TestDecodePush(t *testing.T) {
	plain := []byte(push)
	got, err := DecodePush(snappy.Encode(nil, plain))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{Labels: map[string]string{"a": "b"}, Time: 1_000000002, Line: "x", Metadata: map[string]string{"k": "v"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for n := 1; n < len(plain); n++ {
		if _, err := DecodePush(snappy.Encode(nil, plain[:n])); err == nil {
			t.Errorf("%d bytes of a push are taken for one", n)
		}
	}
}

func TestParseLabels(t *testing.T) {
	for text, want := range map[string]map[string]string{`{}`: {}, `{a="b"}`: {"a": "b"}, `{a="\"}", b_1="ü\n"}`: {"a": `"}`, "b_1": "ü\n"},
		``: nil, `{`: nil, `{a=b}`: nil, `{a="b"`: nil, `{a="b",a="c"}`: nil, `{1="b"}`: nil, `{a="b"}x`: nil, `{a="\xff"}`: nil, "{a=`b`}": nil, `{a="b" b="c"}`: nil} {
		got, err := ParseLabels(text)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func FuzzDecodePush(f *testing.F) {
	f.Add([]byte(push), false)
	f.Add(snappy.Encode(nil, []byte(push)), true)
	f.Fuzz(func(t *testing.T, body []byte, packed bool) {
		if !packed {
			body = snappy.Encode(nil, body)
		}
		all, err := DecodePush(body)
		if err != nil {
			return
		}
		for _, e := range all {
			if e.Labels == nil {
				t.Errorf("an entry without labels in %q", body)
			}
		}
	})
}

func FuzzParseLabels(f *testing.F) {
	f.Add(`{a="b", c="\"}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseLabels(text)
		if err != nil {
			return
		}
		again := "{"
		for name, value := range all {
			if len(again) > 1 {
				again += ","
			}
			again += name + "=" + strconv.Quote(value)
		}
		if got, err := ParseLabels(again + "}"); err != nil || !cmp.Equal(got, all) {
			t.Errorf("%q is %v and then %v, %v", text, all, got, err)
		}
	})
}
