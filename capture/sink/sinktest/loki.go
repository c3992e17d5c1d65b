package sinktest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"
)

// Entry is one line as Loki gets it.
type Entry struct {
	Labels   map[string]string
	Time     int64 // Unix time in ns
	Line     string
	Metadata map[string]string
}

// DecodePush takes the body of a push to Loki apart, in the order in which its
// entries are in it. It is strict: an unknown field, a text that is not UTF-8, a name that is there twice are errors.
func DecodePush(body []byte) ([]Entry, error) {
	if n, err := snappy.DecodedLen(body); err != nil || n > 256<<20 {
		return nil, fmt.Errorf("a body of %d bytes unpacked: %w", n, errors.Join(err, errMalformed))
	}
	plain, err := snappy.Decode(nil, body)
	if err != nil {
		return nil, err
	}
	var all []Entry
	err = fields(plain, func(number int, value []byte, _ uint64) error {
		if number != 1 {
			return errMalformed
		}
		got, err := decodeStream(value)
		all = append(all, got...)
		return err
	})
	return all, err
}

var errMalformed = errors.New("not a push as Loki defines it")

func decodeStream(text []byte) (all []Entry, err error) {
	var labels map[string]string
	err = fields(text, func(number int, value []byte, _ uint64) (err error) {
		switch {
		case number == 1 && labels == nil:
			labels, err = ParseLabels(string(value))
		case number == 2 && labels != nil:
			var e Entry
			e, err = decodeEntry(value)
			e.Labels = labels
			all = append(all, e)
		default:
			err = errMalformed
		}
		return err
	})
	if err == nil && len(all) == 0 {
		err = errMalformed
	}
	return all, err
}

func decodeEntry(text []byte) (e Entry, err error) {
	var seen [4]bool
	err = fields(text, func(number int, value []byte, _ uint64) error {
		if number > 3 || seen[number] && number < 3 || !utf8.Valid(value) && number == 2 {
			return errMalformed
		}
		seen[number] = true
		switch number {
		case 1:
			var part [3]uint64
			err := fields(value, func(number int, bytes []byte, v uint64) error {
				if number > 2 || bytes != nil {
					return errMalformed
				}
				part[number] = v
				return nil
			})
			if part[2] >= 1e9 {
				err = errMalformed
			}
			e.Time = int64(part[1])*1e9 + int64(part[2])
			return err
		case 2:
			e.Line = string(value)
			return nil
		}
		name, text, err := decodePair(value)
		if _, twice := e.Metadata[name]; err != nil || twice {
			return errors.Join(err, errMalformed)
		}
		if e.Metadata == nil {
			e.Metadata = map[string]string{}
		}
		e.Metadata[name] = text
		return nil
	})
	if !seen[1] || !seen[2] {
		err = errors.Join(err, errMalformed)
	}
	return e, err
}

func decodePair(text []byte) (name, value string, err error) {
	var part [3]string
	err = fields(text, func(number int, bytes []byte, _ uint64) error {
		if number > 2 || !utf8.Valid(bytes) {
			return errMalformed
		}
		part[number] = string(bytes)
		return nil
	})
	if !isLabelName(part[1]) {
		err = errors.Join(err, errMalformed)
	}
	return part[1], part[2], err
}

// fields calls visit with each field of a message: bytes for those of wire type 2, else nil and the number.
func fields(text []byte, visit func(number int, bytes []byte, v uint64) error) error {
	for len(text) > 0 {
		tag, n := binary.Uvarint(text)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 15 {
			return errMalformed
		}
		text = text[n:]
		v, n := binary.Uvarint(text)
		if n <= 0 {
			return errMalformed
		}
		text = text[n:]
		var bytes []byte
		switch tag & 7 {
		case 0:
		case 2:
			if v > uint64(len(text)) {
				return errMalformed
			}
			bytes, text = text[:v:v], text[v:]
		default:
			return errMalformed
		}
		if err := visit(int(tag>>3), bytes, v); err != nil {
			return err
		}
	}
	return nil
}

// ParseLabels reads {name="value", …}; the values are quoted as Go quotes strings.
func ParseLabels(text string) (map[string]string, error) {
	rest, ok := strings.CutPrefix(text, "{")
	all := map[string]string{}
	for ok {
		if rest == "}" {
			return all, nil
		}
		if len(all) > 0 {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				break
			}
		}
		name, after, _ := strings.Cut(strings.TrimLeft(rest, " "), "=")
		quoted, err := strconv.QuotedPrefix(after)
		if err != nil || quoted[0] != '"' {
			break
		}
		value, err := strconv.Unquote(quoted)
		if _, twice := all[name]; err != nil || twice || !isLabelName(name) || !utf8.ValidString(value) {
			break
		}
		all[name] = value
		rest = after[len(quoted):]
	}
	return nil, fmt.Errorf("labels %.200s: %w", text, errMalformed)
}

func isLabelName(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
