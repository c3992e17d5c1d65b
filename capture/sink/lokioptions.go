package sink

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/capture/record"
)

// LokiOptions is where and how a Loki sink pushes.
type LokiOptions struct {
	HTTP   HTTPOptions   // URL is the whole path of the push; Compress is not used
	Tenant string        // the X-Scope-OrgID of each request; "" means none
	JSON   bool          // a line is the whole record in JSON, and there is no structured metadata
	Labels []string      // fields of records that become labels
	Add    []record.Attr // labels that every stream has
	Names  int           // label names of one stream at most; 0 means 15, which is what Loki allows
	Values int           // values that one label name may have; 0 means 500

	// Tell is told, once an hour for a label name at most, that its values explode and are folded; nil: nobody is told.
	Tell func(error)
}

// What Loki and people can bear.
const (
	defaultNames  = 15
	defaultValues = 500
	ownNames      = 3 // source, name and stream
)

// pushPath is what an address without it gets.
const pushPath = "/loki/api/v1/push"

// ParseLoki reads
// URL#tenant=ID&line=message|json&labels=FIELD,…&add=NAME:VALUE,…&label-names=15&label-values=500&timeout=30s&token-file=PATH&basic-file=PATH&header-file=PATH&ca-file=PATH.
// The URL is that of Loki, or the whole path of its push. The part behind the # is never sent.
func ParseLoki(spec string) (LokiOptions, error) {
	address, text, _ := strings.Cut(spec, "#")
	named := "loki=" + withoutSecrets(address)
	u, err := checkAddress("loki", "http://localhost:3100", address, "put user:password into a file and write #basic-file=PATH, or a bearer token and #token-file=PATH")
	if err != nil {
		return LokiOptions{}, err
	}
	if !strings.HasSuffix(u.Path, "/push") {
		u = u.JoinPath(pushPath)
	}
	opts, err := parseOptions(named, text, []string{"tenant", "line", "labels", "add", "label-names", "label-values", "timeout", "token-file", "basic-file", "header-file", "ca-file"})
	if err != nil {
		return LokiOptions{}, err
	}
	o := LokiOptions{HTTP: HTTPOptions{URL: u.String(), TokenFile: opts["token-file"], BasicFile: opts["basic-file"], HeaderFile: opts["header-file"], CAFile: opts["ca-file"]},
		Tenant: opts["tenant"]}
	if o.HTTP.Timeout, err = opts.duration(named, "timeout", defaultTimeout); err != nil {
		return LokiOptions{}, err
	}
	line, err := opts.choice(named, "line", "message", "json")
	if err != nil {
		return LokiOptions{}, err
	}
	o.JSON = line == "json"
	if o.Names, err = opts.count(named, "label-names"); err != nil {
		return LokiOptions{}, err
	}
	if o.Values, err = opts.count(named, "label-values"); err != nil {
		return LokiOptions{}, err
	}
	if list := opts["labels"]; list != "" {
		o.Labels = strings.Split(list, ",")
	}
	if list := opts["add"]; list != "" {
		for pair := range strings.SplitSeq(list, ",") {
			name, value, _ := strings.Cut(pair, ":")
			o.Add = append(o.Add, record.Attr{Key: name, Value: value})
		}
	}
	return o, o.check(named)
}

// Check says what no Loki would take, in a *SpecError.
func (o *LokiOptions) Check() error { return o.check("loki") }

// check says what no Loki would take.
func (o *LokiOptions) check(named string) error {
	if o.HTTP.TokenFile != "" && o.HTTP.BasicFile != "" {
		return &SpecError{named, "token-file and basic-file are given, and a request has one Authorization", "leave one of them out"}
	}
	if o.Tenant != "" && !tenant(o.Tenant) {
		return &SpecError{named, fmt.Sprintf("tenant=%s is no tenant ID", o.Tenant), "150 letters, digits and any of !-_.*'() at most; VictoriaLogs has ACCOUNT:PROJECT"}
	}
	taken := map[string]bool{"source": true, "name": true, "stream": true}
	for _, a := range o.Add {
		if labelName(a.Key) != a.Key || a.Value == "" {
			return &SpecError{named, fmt.Sprintf("add=%s:%s is no label and its value", a.Key, a.Value), "write for example add=env:prod,region:eu"}
		}
		if taken[a.Key] {
			return &SpecError{named, fmt.Sprintf("add=%s:%s: there is a label %s already", a.Key, a.Value, a.Key), "source, name and stream always are"}
		}
		taken[a.Key] = true
	}
	for _, f := range o.Labels {
		if f == "" {
			return &SpecError{named, "labels= has a field without a name", "write for example labels=level,team"}
		}
		if name := labelName(f); taken[name] {
			return &SpecError{named, fmt.Sprintf("labels=%s: there is a label %s already", f, name), "source, name and stream always are"}
		}
		taken[labelName(f)] = true
	}
	if most := o.names(); len(taken) > most {
		return &SpecError{named, fmt.Sprintf("%d label names, and %d are allowed", len(taken), most), "name fewer with labels= and add=, or allow more with label-names= here and max_label_names_per_series in Loki"}
	}
	return nil
}

func (o *LokiOptions) names() int {
	if o.Names == 0 {
		return defaultNames
	}
	return o.Names
}

func (o *LokiOptions) values() int {
	if o.Values == 0 {
		return defaultValues
	}
	return o.Values
}

// tenant says that s can be a tenant's ID.
func tenant(s string) bool {
	if len(s) > 150 || s == "." || s == ".." {
		return false
	}
	for _, c := range []byte(s) {
		if !wordByte(c) && strings.IndexByte("!-.*'():", c) < 0 {
			return false
		}
	}
	return true
}

// wordByte says that c can be in the name of a label.
func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// labelName is name as the name of a label can be: letters, digits and _, no digit first.
func labelName(name string) string { return string(appendLabelName(nil, name)) }

// appendLabelName replaces what cannot be in the name of a label by _.
func appendLabelName[T string | []byte](dst []byte, name T) []byte {
	if len(name) == 0 || name[0] >= '0' && name[0] <= '9' {
		dst = append(dst, '_')
	}
	for i := range min(len(name), mostName) {
		c := name[i]
		if !wordByte(c) {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}
