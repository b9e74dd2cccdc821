package accesslog

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/front"
)

// How many bytes of what a stranger chose a line shows. A key that can be is
// shown whole, and so is a path that names one, each byte of it escaped.
const (
	mostOfName    = 255 // methods, hosts, buckets
	mostOfKey     = 1024
	mostOfPath    = 4096
	mostOfAgent   = 512
	mostOfReferer = 1024
)

// appendLine appends what the access log says about a request: a line of
// JSON with all fields of docs/access-log.md, in that order. It allocates nothing
// for what clients usually send.
func appendLine(b []byte, e *front.Event) []byte {
	b = append(b, `{"time":"`...)
	b = e.Started.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, '"')
	b = appendText(b, "request_id", e.RequestID, mostOfName)
	b = appendText(b, "operation", e.Operation, mostOfName)
	b = appendText(b, "method", e.Method, mostOfName)
	b = appendText(b, "host", e.Host, mostOfName)
	b = appendText(b, "path", e.Path, mostOfPath)
	b = appendText(b, "bucket", e.Bucket, mostOfName)
	b = appendText(b, "key", e.Key, mostOfKey)
	b = appendNumber(b, "status", int64(e.Status))
	b = appendText(b, "error_code", e.Code, mostOfName)
	b = appendNumber(b, "bytes_received", e.BytesIn)
	b = appendNumber(b, "bytes_sent", e.BytesOut)
	b = appendMilliseconds(b, "duration_ms", e.Duration.Microseconds())
	b = appendMilliseconds(b, "turnaround_ms", e.Turnaround.Microseconds())
	b = appendText(b, "caller", e.Caller, mostOfKey)
	b = appendText(b, "access_key_id", e.AccessKeyID, mostOfName)
	b = appendText(b, "auth_type", e.Carrier, mostOfName)
	b = appendText(b, "signature_version", e.Scheme, mostOfName)
	b = appendRemote(b, e.RemoteAddr)
	b = append(b, `,"tls":`...)
	b = strconv.AppendBool(b, e.TLS)
	b = appendText(b, "user_agent", e.UserAgent, mostOfAgent)
	b = appendText(b, "referer", e.Referer, mostOfReferer)
	b = appendText(b, "protocol", e.Protocol, mostOfName)
	return append(b, '}', '\n')
}

func appendName(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendText(b []byte, name, value string, most int) []byte {
	return appendQuoted(appendName(b, name), Shown(value, most))
}

func appendNumber(b []byte, name string, value int64) []byte {
	return strconv.AppendInt(appendName(b, name), value, 10)
}

// appendMilliseconds appends a time given in microseconds, with three decimals.
func appendMilliseconds(b []byte, name string, micros int64) []byte {
	micros = max(micros, 0) // a clock may be set back
	b = appendNumber(b, name, micros/1000)
	thousandths := micros % 1000
	return append(b, '.', byte('0'+thousandths/100), byte('0'+thousandths/10%10), byte('0'+thousandths%10))
}

// appendRemote appends a connection's other end, as an address and a port.
func appendRemote(b []byte, remote string) []byte {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		b = appendText(b, "remote_ip", remote, mostOfName)
		return appendNumber(b, "remote_port", 0)
	}
	b = append(appendName(b, "remote_ip"), '"')
	// Of an address, only the zone could need an escape, and a peer chooses none.
	b = peer.Addr().Unmap().WithZone("").AppendTo(b)
	b = append(b, '"')
	return appendNumber(b, "remote_port", int64(peer.Port()))
}

// appendQuoted appends s as a JSON string (RFC 8259, section 7). What isn't
// printable is escaped, and not only what JSON asks for: no reader finds the end of
// a line in it and no terminal obeys it. What is no UTF-8 becomes U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0 // of what is not appended yet
	for i := 0; i < len(s); {
		size := 1
		r := rune(s[i])
		if r < utf8.RuneSelf {
			if r >= ' ' && r != '"' && r != '\\' && r != 0x7f {
				i++
				continue
			}
		} else if r, size = utf8.DecodeRuneInString(s[i:]); unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r > 0xffff:
			r -= 0x10000
			b = appendEscape(b, 0xd800+r>>10)
			b = appendEscape(b, 0xdc00+r&0x3ff)
		default:
			b = appendEscape(b, r)
		}
		i += size
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// Shown returns what a log shows of what a client sent: most bytes of it, and
// nothing from where a signature or a session token would begin. A presigned URL
// whose question mark was escaped once too often is all path.
func Shown(s string, most int) string {
	tail := ""
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s, tail = s[:most], "…"
	}
	if at := tokenAt(s); at >= 0 {
		s, tail = s[:at], "[cut]"
	}
	return s + tail
}

// tokenAt returns where a value begins whose name says that it is a signature or a
// session token, or -1. The name, and what is between the two, may be escaped.
func tokenAt(s string) int {
	for i := range len(s) {
		for _, name := range [...]string{"signature", "security-token"} {
			if end := escapedPrefix(s[i:], name); end > 0 && i+end < len(s) && strings.IndexByte("=:%", s[i+end]) >= 0 {
				return i + end + 1
			}
		}
	}
	return -1
}

// escapedPrefix returns how many bytes of s are name, which is in lower case, in any
// case and with any of its bytes escaped as in a URL; 0 if s does not begin with it.
func escapedPrefix(s, name string) int {
	at := 0
	for i := range len(name) {
		if at >= len(s) {
			return 0
		}
		c, size := s[at], 1
		if c == '%' && at+2 < len(s) {
			if b, err := strconv.ParseUint(s[at+1:at+3], 16, 8); err == nil {
				c, size = byte(b), 3
			}
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != name[i] {
			return 0
		}
		at += size
	}
	return at
}
