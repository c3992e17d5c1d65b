package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// bodyBytes is how much text the HTTP sink puts into a body.
const bodyBytes = 1 << 20

// compressor is one way to compress; nil keeps the text as it is.
type compressor func(dst, src []byte) []byte

// levelled is zstd at the fastest level of package zstd: what the bars were set against.
func levelled() (compressor, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(bodyBytes), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	return func(dst, src []byte) []byte { return z.EncodeAll(src, dst) }, nil
}

// compress compresses a file as it is, in pieces of bodyBytes.
func compress(path string, c compressor) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in, out, total := make([]byte, bodyBytes), []byte(nil), 0
	for {
		n, err := io.ReadFull(f, in)
		out = c(out[:0], in[:n])
		total += len(out)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			fmt.Println(total)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// encode makes the bodies that the HTTP sink would send of a file, in one
// loop: no queue, no position, no request. It is what is left when everything else of logcap is free.
func encode(path string, c compressor) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := &record.Batch{Origin: &record.Origin{Key: "file:" + path, Source: "file", Name: path}, Buf: make([]byte, bodyBytes)}
	var e sink.Encoder
	var plain, out []byte
	carried, total := 0, 0
	for {
		n, err := io.ReadFull(f, b.Buf[carried:])
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		text := b.Buf[:carried+n]
		whole := split(b, text)
		plain = e.AppendBody(plain[:0], []*record.Batch{b})
		out = c(out[:0], plain)
		total += len(out)
		carried = copy(b.Buf, text[whole:])
		if last {
			fmt.Println(total)
			return nil
		}
	}
}

// split makes records of the whole lines in text, which begins b's buffer, and says how many bytes they take.
func split(b *record.Batch, text []byte) (whole int) {
	now := time.Now().UnixNano()
	b.Records = b.Records[:0]
	for {
		n := bytes.IndexByte(text[whole:], '\n')
		if n < 0 {
			return whole
		}
		b.Records = append(b.Records, record.Record{Time: now, Message: record.Span{Start: uint32(whole), End: uint32(whole + n)}})
		whole += n + 1
	}
}

// encodeChild is one of the references that compress.
func encodeChild(name, path string) error {
	level, err := levelled()
	if err != nil {
		return err
	}
	switch name {
	case "zstd":
		return compress(path, level)
	case "json-zstd":
		return encode(path, level)
	}
	return fmt.Errorf("unknown child %q", name)
}
