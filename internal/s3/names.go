package s3

// names writes keys and prefixes of a list, encoded as the client asked for.
type names struct {
	w        *xmlWriter
	encoding string // the encoding-type, as it was sent; "" for none
}

// newNames reads the parameter that all lists have.
func newNames(r *request) *names { return &names{encoding: r.parameter("encoding-type")} }

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
