package s3

import (
	"strings"
	"unicode/utf8"
)

// names writes keys and prefixes of a list, encoded as the client asked for.
type names struct {
	w        *xmlWriter
	encoding string // the encoding-type, as it was sent; "" for none
}

// newNames reads the parameters that all lists have.
func newNames(r *request) (*names, error) {
	n := new(names)
	if r.hasParameter("encoding-type") {
		if n.encoding = r.parameter("encoding-type"); !strings.EqualFold(n.encoding, "url") {
			return nil, invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", n.encoding)
		}
	}
	for _, name := range [...]string{"prefix", "delimiter", "marker", "start-after", "key-marker"} {
		if v := r.parameter(name); !utf8.ValidString(v) {
			return nil, invalidArgument("The parameter is not valid UTF-8", name, "")
		}
	}
	return n, nil
}

// key adds an element that encoding-type applies to.
func (n *names) key(name, value string) {
	if n.encoding == "" {
		n.w.text(name, value)
		return
	}
	n.w.open(name)
	n.w.b = appendURL(n.w.b, value)
	n.w.close(name)
}

// encodingType says how names are encoded, if they are.
func (n *names) encodingType() {
	if n.encoding != "" {
		n.w.text("EncodingType", n.encoding)
	}
}

// prefixes adds the common prefixes.
func (n *names) prefixes(prefixes []string) {
	for _, prefix := range prefixes {
		n.w.open("CommonPrefixes")
		n.key("Prefix", prefix)
		n.w.close("CommonPrefixes")
	}
}
