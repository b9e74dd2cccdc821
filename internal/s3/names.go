package s3

import (
	"unicode/utf8"
)

// names writes keys and prefixes of a list, encoded as the client asked for.
type names struct {
	w   *xmlWriter
	url bool // encoding-type=url
}

// newNames reads the parameters that all lists have.
func newNames(r *request) (*names, error) {
	n := new(names)
	switch encoding := r.query.get("encoding-type"); encoding {
	case "url":
		n.url = true
	case "":
	default:
		return nil, &argumentError{"Invalid Encoding Method specified in Request", "encoding-type", encoding}
	}
	for _, name := range [...]string{"prefix", "delimiter", "marker", "start-after", "key-marker"} {
		if v := r.query.get(name); !utf8.ValidString(v) {
			return nil, &argumentError{"The parameter is not valid UTF-8", name, ""}
		}
	}
	return n, nil
}

// key adds an element that encoding-type applies to.
func (n *names) key(name, value string) {
	if !n.url {
		n.w.text(name, value)
		return
	}
	n.w.open(name)
	n.w.b = appendURL(n.w.b, value)
	n.w.close(name)
}

// encoding says how names are encoded, if they are.
func (n *names) encoding() {
	if n.url {
		n.w.text("EncodingType", "url")
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
