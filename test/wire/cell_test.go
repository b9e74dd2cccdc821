package wire

import (
	"fmt"
	"strings"
	"time"
)

// carrier is where credentials are.
type carrier int

const (
	byHeader carrier = iota
	byQuery
	byForm
	byNothing
)

func (c carrier) String() string { return [...]string{"header", "query", "form", "none"}[c] }

// kind is a scheme, whatever carries it.
type kind int

const (
	v4 kind = iota
	v2
	unknown // says it is something that nobody has heard of
	unsigned
)

func (k kind) String() string { return [...]string{"V4", "V2", "unknown", "unsigned"}[k] }

// cell is one request of the matrix.
type cell struct {
	operation *operation
	carrier   carrier
	kind      kind
	mode      *mode
	change    *change
}

func (c *cell) String() string {
	return fmt.Sprintf("%s, %v, %v, %s, %s", c.operation.name, c.carrier, c.kind, c.mode.name, c.change.name)
}

// change is what is wrong with a request.
type change struct {
	name string
	// fits says whether there is anything in the request to change.
	fits func(c *cell) bool
	// sign changes who signs and when, tamper the request that was signed. Both may
	// be nil.
	sign   func(*sign)
	tamper func(c *cell, m *message, fill *strings.Replacer)
	// form does the same to a form.
	form func(*form)
	// what is the part of the request that is changed, for the rules.
	what part
	// header, in lower case, comes in two lines, and value is what they mean together.
	// same says that this is the text that was signed.
	header, value string
	same          bool
}

// part is a part of a request.
type part int

const (
	nothing part = iota
	who
	secret
	past
	future
	methodOf
	pathOf
	parameter       // one that nobody knows
	override        // one that acts, and that both schemes sign
	signedHeader    // its value
	amzHeader       // one more that acts
	unrelatedHeader // one more that does not
	secondLine      // a header that is sent in two lines
	unknownLimit    // a name of a limit that this server does not know
	content         // bytes of a body that is not framed
	shorter         // fewer of any body, and it says so
	cutOff          // fewer than it says
	longer          // more of any body
	chunkData
	chunkSignature
	chunkOrder
	chunkMissing
	lastChunkMissing
	trailerValue
	trailerSignature
	trailerMissing
	policyOf
)

func always(*cell) bool     { return true }
func carried(c *cell) bool  { return c.carrier != byNothing }
func beside(c *cell) bool   { return c.carrier != byForm && c.operation.base() != "PostObject" }
func framed(c *cell) bool   { return c.mode.stream && beside(c) }
func hasBody(c *cell) bool  { return c.operation.body != "" }
func hasBytes(c *cell) bool { return hasBody(c) || framed(c) }
func hasTwo(c *cell) bool   { return framed(c) && len(c.chunks()) == 2 }

// changes are all of them, the one that changes nothing first.
func changes() []*change {
	simply := func(f tamper) func(*cell, *message, *strings.Replacer) {
		return func(_ *cell, m *message, fill *strings.Replacer) { f(m, fill) }
	}
	return []*change{
		{name: "good", what: nothing, fits: always},
		{name: "wrong secret", what: secret, fits: carried, sign: func(s *sign) { s.secret = "wrong" }, form: func(f *form) { f.secret = "wrong" }},
		{name: "wrong key", what: who, fits: carried, sign: func(s *sign) { s.id = "AKIANOBODY" }, form: func(f *form) { f.id = "AKIANOBODY" }},
		{name: "expired", what: past, fits: carried, sign: func(s *sign) { s.at = -2 * time.Hour }, form: func(f *form) { f.lifetime = -time.Minute }},
		{name: "future", what: future, fits: carried, sign: func(s *sign) { s.at = 8 * 24 * time.Hour },
			form: func(f *form) { f.at = 8 * 24 * time.Hour }},

		{name: "method", what: methodOf, fits: always, tamper: func(c *cell, m *message, _ *strings.Replacer) { m.method = c.otherMethod() }},
		{name: "path", what: pathOf, fits: func(c *cell) bool { return !c.operation.onService() }, tamper: func(c *cell, m *message, fill *strings.Replacer) {
			switch path, query, _ := strings.Cut(m.target, "?"); {
			case c.operation.onObject():
				m.target = path[:strings.LastIndex(path, "/")] + "/other?" + query
			case c.virtual():
				m.host = fill.Replace("{peer}.localhost:") + port()
			default:
				m.target = fill.Replace("/{peer}?") + query
			}
		}},
		{name: "query", what: parameter, fits: always, tamper: simply(addQuery("x-tampered=1"))},
		{name: "query that acts", what: override, fits: always, tamper: simply(addQuery("response-cache-control=no-store"))},
		{name: "header's value", what: signedHeader, fits: beside, tamper: simply(setHeader("Content-Type", "text/html"))},
		{name: "header added", what: amzHeader, fits: always, tamper: simply(addHeader("x-amz-meta-tampered", "1"))},
		{name: "header of no concern", what: unrelatedHeader, fits: always, tamper: simply(addHeader("Referer", "http://example.com/"))},
		{name: "limit in the query", what: unknownLimit, fits: always, tamper: simply(addQuery("X-Signet-uses=1"))},
		{name: "limit in a header", what: unknownLimit, fits: always, tamper: simply(addHeader("x-signet-max-size", "1"))},

		{name: "body", what: content, fits: func(c *cell) bool { return hasBody(c) && !framed(c) },
			tamper: func(c *cell, m *message, fill *strings.Replacer) {
				if c.operation.base() == "PostObject" {
					inBody("\r\n\r\n"+c.operation.body, "\r\n\r\n"+c.contentAfter())(m, fill)
				} else {
					m.body = []byte(c.contentAfter())
				}
			}},
		{name: "truncated", what: shorter, fits: hasBytes, tamper: func(c *cell, m *message, fill *strings.Replacer) {
			if c.operation.base() == "PostObject" {
				inBody("\r\n\r\n"+c.operation.body, "\r\n\r\n"+c.contentAfter())(m, fill)
			} else {
				m.body = m.body[:len(m.body)-1]
			}
		}},
		{name: "cut off", what: cutOff, fits: hasBytes, tamper: func(c *cell, m *message, _ *strings.Replacer) {
			m.shortBy = 1
			if c.operation.base() == "PostObject" {
				m.shortBy = len("\r\n--" + boundary) // or the form would have come to its end
			}
		}},
		{name: "extended", what: longer, fits: always, tamper: func(c *cell, m *message, fill *strings.Replacer) {
			if c.operation.base() == "PostObject" {
				inBody("\r\n\r\n"+c.operation.body, "\r\n\r\n"+c.contentAfter())(m, fill)
			} else {
				m.body = append(m.body, 'x')
			}
		}},
		{name: "policy", what: policyOf, fits: func(c *cell) bool { return c.carrier == byForm }, tamper: simply(flipInBody("eyJleHBpcmF0aW9u"))},

		{name: "chunk", what: chunkData, fits: func(c *cell) bool { return framed(c) && hasBody(c) }, tamper: func(_ *cell, m *message, _ *strings.Replacer) {
			i := strings.Index(string(m.body), "\r\n") + 2
			m.body[i] ^= 1
		}},
		{name: "chunk's signature", what: chunkSignature, fits: func(c *cell) bool { return framed(c) && c.mode.signed }, tamper: simply(flipInBody("chunk-signature="))},
		{name: "chunks in another order", what: chunkOrder, fits: hasTwo, tamper: func(c *cell, m *message, _ *strings.Replacer) {
			first, second, rest := c.cutChunks(m)
			m.body = []byte(second + first + rest)
		}},
		{name: "a chunk less", what: chunkMissing, fits: hasTwo, tamper: func(c *cell, m *message, _ *strings.Replacer) {
			first, _, rest := c.cutChunks(m)
			m.body = []byte(first + rest)
		}},
		{name: "no last chunk", what: lastChunkMissing, fits: func(c *cell) bool { return framed(c) && hasBody(c) }, tamper: func(c *cell, m *message, _ *strings.Replacer) {
			first, second, _ := c.cutChunks(m)
			m.body = []byte(first + second)
		}},
		{name: "trailer", what: trailerValue, fits: func(c *cell) bool { return framed(c) && c.mode.trailer }, tamper: func(c *cell, m *message, fill *strings.Replacer) {
			inBody(c.checksum(), checksumOf("CRC32", "tampered"))(m, fill)
		}},
		{name: "trailer's signature", what: trailerSignature, fits: func(c *cell) bool { return framed(c) && c.mode.trailer && c.mode.signed },
			tamper: simply(flipInBody("x-amz-trailer-signature:"))},
		{name: "no trailer", what: trailerMissing, fits: func(c *cell) bool { return framed(c) && c.mode.trailer }, tamper: func(c *cell, m *message, fill *strings.Replacer) {
			inBody("x-amz-checksum-crc32:"+c.checksum()+"\r\n", "")(m, fill)
		}},
	}
}

// otherMethod is a method that is not the operation's, and does something else.
func (c *cell) otherMethod() string {
	switch c.operation.method {
	case "DELETE", "POST":
		return "PUT"
	}
	return "DELETE"
}

// cutChunks returns the two chunks of data of a framed body, second "" if it is missing,
// and the rest.
func (c *cell) cutChunks(m *message) (first, second, rest string) {
	var cut [2]string
	rest = string(m.body)
	for i, chunk := range c.chunks() {
		end := strings.Index(rest, "\r\n") + 2 + len(chunk) + 2
		cut[i], rest = rest[:end], rest[end:]
	}
	return cut[0], cut[1], rest
}

// minSignedChunk is the least size of a signed chunk that another one follows.
const minSignedChunk = 8 << 10

// chunks are two of a body, of the same length, so that they can change places;
// what is left goes with the last one. A short body that is signed is one chunk.
func (c *cell) chunks() []string {
	body := c.operation.body
	n := len(body) / 2
	switch {
	case body == "":
		return nil
	case c.mode.signed && n < minSignedChunk:
		return []string{body}
	}
	return []string{body[:n], body[n:]}
}

func (c *cell) checksum() string { return checksumOf("CRC32", c.operation.body) }

// contentAfter is the body that arrives, without its framing.
func (c *cell) contentAfter() string {
	body := c.operation.body
	switch c.change.what {
	case content:
		return "T" + body[1:]
	case shorter:
		return body[:len(body)-1]
	case longer:
		return body + "x"
	}
	return body
}

// virtual says that the bucket is named by the host: in one cell of two, so that each
// operation, mode and change is seen in both styles.
func (c *cell) virtual() bool {
	return !c.operation.onService() && (int(c.change.what)+int(c.kind)+int(c.carrier)+len(c.mode.name))%2 == 0
}

// message returns the request.
func (c *cell) message(fill *strings.Replacer) *message {
	o := *c.operation
	o.body = fill.Replace(o.body)
	with := *c
	with.operation = &o
	m := &message{method: o.method, target: fill.Replace(o.target), host: target.host, body: []byte(o.body)}
	if c.virtual() {
		bucket, rest, slash := strings.Cut(strings.TrimPrefix(m.path(), "/"), "/")
		if query := m.query(); query != "" {
			rest += "?" + query
		}
		if m.host, m.target = bucket+".localhost:"+port(), "/"+rest; !slash && c.operation.onObject() {
			panic("an object without a key: " + o.target)
		}
	}
	if o.base() == "PostObject" {
		with.form(m, fill)
	} else {
		m.set("Content-Type", "text/plain")
		if o.body != "" && !o.isObject {
			m.set("Content-MD5", checksumOf("MD5", o.body))
		}
		for _, h := range o.headers {
			m.set(h.name, fill.Replace(h.value))
		}
	}
	if c.carrier != byForm {
		with.sign(m)
	}
	if c.change.tamper != nil {
		c.change.tamper(&with, m, fill)
	}
	if c.kind == unknown {
		for i := range m.headers {
			if m.headers[i].name == "Authorization" {
				m.headers[i].value = strings.Replace(m.headers[i].value, "AWS4-HMAC-SHA256", "AWS5-HMAC-SHA256", 1)
			}
		}
		m.target = strings.Replace(m.target, "X-Amz-Algorithm=AWS4", "X-Amz-Algorithm=AWS5", 1)
		m.body = []byte(strings.Replace(string(m.body), "\r\nAWS4-HMAC-SHA256\r\n", "\r\nAWS5-HMAC-SHA256\r\n", 1))
	}
	return m
}

// sign signs a request that is no form, and frames its body.
func (c *cell) sign(m *message) {
	s := sign{chunks: c.chunks(), payload: c.mode.value}
	if c.mode.trailer {
		s.trailers = []string{"x-amz-checksum-crc32:" + c.checksum()}
	}
	if c.change.sign != nil {
		c.change.sign(&s)
	}
	if c.kind == v4 || c.kind == unknown {
		if c.mode.hashed() {
			s.payload = hexSHA256(m.body)
		}
		s.scheme = v4Header
		if c.carrier == byQuery {
			s.scheme = v4Query
		}
		s.sign(m)
		return
	}
	// The others have no chunks of their own: here they are as if they had.
	if c.mode.hashed() {
		m.set("x-amz-content-sha256", hexSHA256(m.body))
	} else if c.mode.value != unsignedPayload {
		m.set("x-amz-content-sha256", c.mode.value)
		s.announce(m, c.mode.value)
	}
	if c.kind == v2 {
		s.scheme = v2Header
		if c.carrier == byQuery {
			s.scheme = v2Query
		}
		s.sign(m)
	}
	if c.mode.stream {
		s.id, s.secret, s.region, s.service, s.date = target.id, target.secret, target.region, "s3", "20130524"
		m.body = s.stream(c.mode.value, "20130524T000000Z", strings.Repeat("0", 64))
	}
}

// form writes a form, signed if that is its carrier.
func (c *cell) form(m *message, fill *strings.Replacer) {
	f := form{fields: []header{{"key", "k"}}, file: c.operation.body,
		conditions: fmt.Sprintf(`{"key": "k"}, ["content-length-range", %d, %[1]d]`, len(c.operation.body))}
	if c.carrier == byForm {
		f.scheme = v4Header
		if c.kind == v2 {
			f.scheme = v2Header
		}
	}
	if c.change.form != nil {
		c.change.form(&f)
	}
	f.write(m, fill)
}
