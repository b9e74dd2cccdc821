package wire

import (
	"fmt"
	"strings"
	"testing"
)

// oddKeys are keys that servers like to clean, split, decode twice or mix up.
var oddKeys = []string{
	"a b", "a+b", "a%20b", "100%", "%", "a?b", "a#b", "a&b=c", "=", "a;b", "~tilde-_.", "(a)!'*", "a:b@c,d$e",
	"a//b", "//", "/", "/a", "a/", "a/b/", ".", "..", "../..", "./a", "a/./b", "a/../b", "../../etc/passwd", `a\b`, `..\..\b`,
	"gr\u00fc\u00dfe", "\u65e5\u672c\u8a9e/\u30d5\u30a1\u30a4\u30eb", "\U0001f600/\U0001f468\u200d\U0001f469", "\u00e9", "e\u0301", "\u202egnp.exe",
	"\x01", "a\tb", "a\nb", "a\r\nb", "\x7f", "\ufffd", `"<>&'^{|}[]`, "acl", "k?acl", "uploads", "-", "con", "nul.txt", "favicon.ico", "robots.txt",
	strings.Repeat("k", 1024), strings.Repeat("\u00fc", 512), strings.Repeat("a/", 512),
}

// Every odd key can be stored and read back in every way, and is none but itself.
func TestOddKeys(t *testing.T) {
	var rows []row
	schemes := []struct {
		name   string
		scheme scheme
	}{{"V4 in the query", v4Query}, {"V2 in the query", v2Query}, {"V4 in the header", v4Header}, {"V2 in the header", v2Header}}
	for i, key := range oddKeys {
		for j, s := range schemes {
			path, host := "/{bucket}/"+escapePath(key), ""
			style := "path style"
			if (i+j)%2 == 1 {
				path, host, style = "/"+escapePath(key), "{vhost}", "virtual-hosted"
			}
			name := fmt.Sprintf("%.40q, %s, %s: ", key, s.name, style)
			with := map[string]string{key: "hello", "k": "another"}
			without := map[string]string{"k": "another"}
			rows = append(rows,
				row{name: name + "PUT", method: "PUT", target: path, host: host, given: without, body: "hello", sign: sign{scheme: s.scheme}, want: stored, after: with},
				row{name: name + "GET", method: "GET", target: path, host: host, given: with, sign: sign{scheme: s.scheme}, want: hello},
			)
			if j%2 == 0 {
				rows = append(rows,
					row{name: name + "HEAD", method: "HEAD", target: path, host: host, given: with, sign: sign{scheme: s.scheme}, want: want{status: 200, headers: map[string]string{"Content-Length": "5"}}},
					row{name: name + "DELETE", method: "DELETE", target: path, host: host, given: with, sign: sign{scheme: s.scheme}, want: want{status: 204}, after: without},
				)
			}
		}
	}
	run(t, rows)
}

// Keys that look alike are different objects.
func TestKeysThatLookAlike(t *testing.T) {
	alike := map[string]string{
		"a": "1", "a/": "2", "a/b": "3", "a//b": "4", "a/./b": "5", "a/../a": "6", "A": "7", "a ": "8", "a+": "9", "a%20": "10",
		"\u00e9": "11", "e\u0301": "12", "/a": "13", "%61": "14", "a?x": "15",
	}
	var rows []row
	for key, content := range alike {
		rows = append(rows, row{name: fmt.Sprintf("%q", key), method: "GET", target: "/{bucket}/" + escapePath(key), given: alike,
			sign: sign{scheme: v4Query}, want: want{status: 200, body: text(content)}})
	}
	gone := map[string]string{}
	for key, content := range alike {
		if key != "a" {
			gone[key] = content
		}
	}
	rows = append(rows, row{name: "one deleted", method: "DELETE", target: "/{bucket}/a", given: alike, sign: sign{scheme: v4Query}, want: want{status: 204}, after: gone})
	run(t, rows)
}

// Clients escape differently, and all sign what they send.
func TestKeysEscapedDifferently(t *testing.T) {
	for name, raw := range map[string]string{
		"no more than needed":    "!a$b'(c)*,d:e@f&g=h;i+j~k",
		"all of it":              "%21%61%24%62%27%28%63%29%2A%2C%64%3A%65%40%66%26%67%3D%68%3B%69%2B%6A%7E%6B",
		"in lower case":          "%21a%24b%27%28c%29%2a%2cd%3ae%40f%26g%3dh%3bi%2bj%7ek",
		"what RFC 3986 reserves": "%21a%24b%27%28c%29%2A%2Cd%3Ae%40f%26g%3Dh%3Bi%2Bj~k",
	} {
		const key = "!a$b'(c)*,d:e@f&g=h;i+j~k"
		var rows []row
		for _, s := range []scheme{v4Query, v2Query, v4Header, v2Header} {
			rows = append(rows, row{name: fmt.Sprint(name, " ", s), method: "PUT", target: "/{bucket}/" + raw, body: "new", sign: sign{scheme: s}, want: stored,
				given: map[string]string{}, after: map[string]string{key: "new"}})
		}
		run(t, rows)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	var rows []row
	for _, s := range []struct {
		name   string
		scheme scheme
	}{{"V4", v4Query}, {"V2", v2Query}} {
		rows = append(rows,
			row{name: s.name + ": one byte too long", method: "PUT", target: "/{bucket}/" + strings.Repeat("k", 1025), body: "new", sign: sign{scheme: s.scheme},
				want: want{status: 400, code: "KeyTooLongError", message: "Your key is too long"}},
			row{name: s.name + ": one byte too long in unicode", method: "PUT", target: "/{bucket}/" + strings.Repeat("%C3%BC", 512) + "k", body: "new", sign: sign{scheme: s.scheme},
				want: want{status: 400, code: "KeyTooLongError"}},
			row{name: s.name + ": no UTF-8", method: "PUT", target: "/{bucket}/%FF%FE", body: "new", sign: sign{scheme: s.scheme}, want: want{status: 400, code: "InvalidURI"}},
			row{name: s.name + ": overlong UTF-8", method: "PUT", target: "/{bucket}/%C0%AE%C0%AE", body: "new", sign: sign{scheme: s.scheme}, want: want{status: 400, code: "InvalidURI"}},
		)
	}
	run(t, rows)
}
