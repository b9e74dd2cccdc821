package wire

import (
	"bytes"
	"fmt"
	"strings"
)

// tamper changes a request after it was signed.
type tamper func(m *message, fill *strings.Replacer)

func method(name string) tamper {
	return func(m *message, _ *strings.Replacer) { m.method = name }
}

// addHeader adds a header that nobody signed.
func addHeader(name, value string) tamper {
	return func(m *message, fill *strings.Replacer) {
		m.headers = append(m.headers, header{name, fill.Replace(value)})
	}
}

// setHeader replaces the value of a header.
func setHeader(name, value string) tamper {
	return func(m *message, fill *strings.Replacer) {
		mustHave(m.has(name), "header", name)
		m.set(name, fill.Replace(value))
	}
}

func dropHeader(name string) tamper {
	return func(m *message, _ *strings.Replacer) {
		mustHave(m.has(name), "header", name)
		var rest []header
		for _, h := range m.headers {
			if !strings.EqualFold(h.name, name) {
				rest = append(rest, h)
			}
		}
		m.headers = rest
	}
}

// inHeader replaces part of a header's value.
func inHeader(name, old, new string) tamper {
	return func(m *message, fill *strings.Replacer) {
		value, old := m.get(name), fill.Replace(old)
		mustHave(strings.Contains(value, old), "part of "+name, old)
		m.set(name, strings.Replace(value, old, fill.Replace(new), 1))
	}
}

// inTarget replaces part of the target.
func inTarget(old, new string) tamper {
	return func(m *message, fill *strings.Replacer) {
		old := fill.Replace(old)
		mustHave(strings.Contains(m.target, old), "part of the target", old)
		m.target = strings.Replace(m.target, old, fill.Replace(new), 1)
	}
}

// addQuery adds raw text to the query.
func addQuery(raw string) tamper {
	return func(m *message, fill *strings.Replacer) { m.addQuery(fill.Replace(raw)) }
}

// setQuery replaces the raw value of a parameter.
func setQuery(name, value string) tamper {
	return eachParameter(name, func(string) string { return name + "=" + value })
}

func dropQuery(name string) tamper {
	return eachParameter(name, func(string) string { return "" })
}

// flipQuery changes the last character of a parameter's value to another one of
// the same kind, so that nothing but the value is wrong.
func flipQuery(name string) tamper {
	return eachParameter(name, func(p string) string { return flipLast(p) })
}

func flipHeader(name string) tamper {
	return func(m *message, _ *strings.Replacer) {
		mustHave(m.has(name), "header", name)
		m.set(name, flipLast(m.get(name)))
	}
}

// flipLast changes the last letter or digit that is no part of padding or an
// escape.
func flipLast(s string) string {
	s, padding := strings.TrimSuffix(s, "%3D"), s[len(strings.TrimSuffix(s, "%3D")):]
	s, equals := strings.TrimRight(s, "="), strings.Repeat("=", len(s)-len(strings.TrimRight(s, "=")))
	// The last character of base64 may hold bits that count for nothing.
	i := len(s) - 1
	if padding+equals != "" {
		i--
	}
	c := byte('1')
	if s[i] == '1' {
		c = '2'
	}
	return s[:i] + string(c) + s[i+1:] + equals + padding
}

func eachParameter(name string, change func(parameter string) string) tamper {
	return func(m *message, fill *strings.Replacer) {
		found := false
		var parameters []string
		for _, p := range strings.Split(m.query(), "&") {
			if n, _, _ := strings.Cut(p, "="); n == name {
				found = true
				p = fill.Replace(change(p))
			}
			if p != "" {
				parameters = append(parameters, p)
			}
		}
		mustHave(found, "parameter", name)
		m.target = m.path() + "?" + strings.Join(parameters, "&")
	}
}

// body replaces the body.
func body(text string) tamper {
	return func(m *message, _ *strings.Replacer) { m.body = []byte(text) }
}

// inBody replaces part of the body.
func inBody(old, new string) tamper {
	return func(m *message, fill *strings.Replacer) {
		old := fill.Replace(old)
		mustHave(bytes.Contains(m.body, []byte(old)), "part of the body", old)
		m.body = bytes.Replace(m.body, []byte(old), []byte(fill.Replace(new)), 1)
	}
}

// flipInBody changes the character that follows text.
func flipInBody(text string) tamper {
	return func(m *message, _ *strings.Replacer) {
		i := bytes.Index(m.body, []byte(text))
		mustHave(i >= 0, "part of the body", text)
		c := &m.body[i+len(text)]
		if *c == '1' {
			*c = '2'
		} else {
			*c = '1'
		}
	}
}

// cutBody leaves the last n bytes of the body away, and says so.
func cutBody(n int) tamper {
	return func(m *message, _ *strings.Replacer) { m.body = m.body[:len(m.body)-n] }
}

// truncate leaves the last n bytes of the body away, and promises them.
func truncate(n int) tamper {
	return func(m *message, _ *strings.Replacer) { m.shortBy = n }
}

// noLength leaves Content-Length away.
func noLength(m *message, _ *strings.Replacer) { m.noLength = true; m.body = nil }

// chunkedTransfer sends the body with HTTP's own chunks instead of a length.
func chunkedTransfer(m *message, _ *strings.Replacer) {
	m.set("Transfer-Encoding", "chunked")
	m.body = fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(m.body), m.body)
}

func mustHave(ok bool, what, name string) {
	if !ok {
		panic("a row changes a " + what + " that is not there: " + name)
	}
}
