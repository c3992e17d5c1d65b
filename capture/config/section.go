package config

import (
	"fmt"
	"strconv"
	"time"
)

// Section is a part of a configuration: values by the names of their keys.
type Section struct {
	Place
	Name string // of a section of Named; "" for others
	Kind string // its type; "" where there is only one
	from string // of the type
	path string // as it is called in messages: "sinks.archive"
	file string
	vals []*value // in the order of the keys
}

// value is what a key has, and where that came from.
type value struct {
	Place
	key      *Key
	from     string // "line 12", "--state", "LOGCAP_STATE", "default"; "" when nothing was given
	text     string // of one; as durations, sizes and numbers are written here
	items    []item // of Texts and Pairs
	sections []*Section
}

// item is one of several texts.
type item struct {
	Place
	name string // of Pairs
	text string
	from string
}

func (s *Section) value(name string) *value {
	for _, v := range s.vals {
		if v.key.Name == name {
			return v
		}
	}
	return &value{key: &Key{Name: name}}
}

// Has says that a value was given, or has a default.
func (s *Section) Has(name string) bool { return s.value(name).from != "" }

// Text is the value of a Text, and of anything else that is one value as it is written; "" without one.
func (s *Section) Text(name string) string { return s.value(name).text }

// Bool is the value of a Bool; false without one.
func (s *Section) Bool(name string) bool { return s.value(name).text == "true" }

// Number is the value of a Number; 0 without one.
func (s *Section) Number(name string) int {
	n, _ := strconv.Atoi(s.value(name).text) // it was checked
	return n
}

// Size is the value of a Size, in bytes; 0 without one.
func (s *Section) Size(name string) int64 {
	n, _ := parseSize(s.value(name).text)
	return n
}

// Duration is the value of a Duration; 0 without one.
func (s *Section) Duration(name string) time.Duration {
	d, _ := time.ParseDuration(s.value(name).text)
	return d
}

// Texts are the values of Texts; nil when the key was not given.
func (s *Section) Texts(name string) []string {
	v := s.value(name)
	if v.from == "" {
		return nil
	}
	all := []string{}
	for _, i := range v.items {
		all = append(all, i.text)
	}
	return all
}

// Pairs are the values of Pairs.
func (s *Section) Pairs(name string) map[string]string {
	all := map[string]string{}
	for _, i := range s.value(name).items {
		all[i.name] = i.text
	}
	return all
}

// Sub is the section of a key; it is empty when it was not given, and never nil.
func (s *Section) Sub(name string) *Section {
	if all := s.value(name).sections; len(all) > 0 {
		return all[0]
	}
	return &Section{file: s.file, path: join(s.path, name)}
}

// All are the sections of Named or Steps, in the order of the file.
func (s *Section) All(name string) []*Section { return s.value(name).sections }

// At is where the value of a key is; the section when it has none in the file.
func (s *Section) At(name string) Place {
	if v := s.value(name); v.Line > 0 {
		return v.Place
	}
	return s.Place
}

// Errorf is a mistake in the value of a key, or with "" in the section.
func (s *Section) Errorf(name, hint, format string, args ...any) *Error {
	return &Error{s.file, s.At(name), join(s.path, name) + ": " + fmt.Sprintf(format, args...), hint}
}

// ItemErrorf is a mistake in one of several texts.
func (s *Section) ItemErrorf(name string, i int, hint, format string, args ...any) *Error {
	e := s.Errorf(name, hint, format, args...)
	if items := s.value(name).items; i < len(items) && items[i].Line > 0 {
		e.Place = items[i].Place
	}
	return e
}

// join is a name below another one in messages.
func join(path, name string) string {
	switch {
	case path == "" || name == "":
		return path + name
	case name[0] == '[':
		return path + name
	}
	return path + "." + name
}
