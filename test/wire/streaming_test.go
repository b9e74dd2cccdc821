package wire

import (
	"strings"
	"testing"
)

var (
	incomplete = want{status: 400, code: "IncompleteBody"}
	terminated = want{status: 400, code: "IncompleteBody", message: "The request body terminated unexpectedly"}
	// lengthless is the answer to a stream that does not tell the payload's length.
	lengthless = want{status: 411, code: "MissingContentLength"}
	// fullChunk is the least data of a signed chunk that another one follows.
	fullChunk = strings.Repeat("n", minSignedChunk)
	newStored = map[string]string{"k": "new"}
)

// Each mode is held to the same rule: what does not verify to its very end is
// refused, and the old object stays.
func TestStreaming(t *testing.T) {
	data := fullChunk + "ew"
	trailer := "x-amz-checksum-crc32:" + checksumOf("CRC32", data)
	dataStored := map[string]string{"k": data}
	var rows []row
	for _, mode := range []string{streaming, streamingTrailer, streamingUnsigned} {
		name := strings.TrimPrefix(mode, "STREAMING-") + ": "
		var trailers []string
		if mode != streaming {
			trailers = []string{trailer}
		}
		signed := mode != streamingUnsigned
		put := func(what string, w want, tampers ...tamper) row {
			return row{name: name + what, method: "PUT", target: "/{bucket}/k", chunks: []string{fullChunk, "ew"}, trailers: trailers,
				sign: sign{scheme: v4Header, payload: mode}, tamper: tampers, want: w}
		}
		good := put("two chunks", stored)
		good.after = dataStored
		one := put("one chunk", stored)
		one.chunks, one.after = []string{data}, dataStored
		small := put("one small chunk", stored)
		small.chunks, small.after = []string{"new"}, newStored
		if trailers != nil {
			small.trailers = []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", "new")}
		}
		// Amazon bounds unsigned chunks too, which programs that pass a stream on cannot keep.
		tiny := small
		tiny.name, tiny.chunks = name+"a chunk for each byte", []string{"n", "e", "w"}
		below := put("a chunk of 8191 bytes", stored)
		below.chunks, below.after = []string{fullChunk[1:], "n", "ew"}, dataStored
		between := put("a small chunk between large ones", stored)
		between.chunks, between.after = []string{fullChunk, "e", "w" + fullChunk}, map[string]string{"k": data + fullChunk}
		if trailers != nil {
			between.trailers = []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", data+fullChunk)}
		}
		if signed {
			tooSmall := func(r *row, chunk, size string) {
				r.after, r.want = nil, want{
					status: 403, code: "InvalidChunkSizeError", message: "Only the last chunk is allowed to have a size less than 8192 bytes",
					elements: map[string]string{"Chunk": chunk, "BadChunkSize": size},
				}
			}
			tooSmall(&tiny, "2", "1")
			tooSmall(&below, "2", "8191")
			tooSmall(&between, "3", "1")
		}
		virtual := put("in the bucket's own host", stored)
		virtual.target, virtual.host, virtual.after = "/k", "{vhost}", dataStored
		big := put("large chunks", stored)
		content := strings.Repeat("0123456789abcdef", 40<<10)
		big.chunks, big.after = []string{content[:64<<10], content[64<<10:]}, map[string]string{"k": content}
		if trailers != nil {
			big.trailers = []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", content)}
		}
		empty := put("nothing", stored)
		empty.chunks, empty.after = nil, map[string]string{"k": ""}
		if trailers != nil {
			empty.trailers = []string{"x-amz-checksum-crc32:AAAAAA=="}
		}
		wrongSecret := put("another secret", want{status: 403, code: "SignatureDoesNotMatch"})
		wrongSecret.sign.secret = "wrong"
		rows = append(rows, good, one, small, tiny, below, between, virtual, big, empty, wrongSecret,
			put("the seed signature changed", badSignature, flipHeader("Authorization")),
			put("the mode changed", want{status: refused}, setHeader("x-amz-content-sha256", otherMode(mode))),
			put("the decoded length changed", badSignature, setHeader("x-amz-decoded-content-length", "2")),
			put("no last chunk", incomplete, func(m *message, _ *strings.Replacer) {
				m.body = m.body[:strings.LastIndex(string(m.body), "\r\n0")+2]
			}),
			put("cut off in the last chunk", incomplete, cutBody(4)),
			put("without its last line end", incomplete, cutBody(2)),
			put("truncated by the network", want{status: 400}, truncate(3)),
			put("something behind the end", terminated, func(m *message, _ *strings.Replacer) { m.body = append(m.body, "more"...) }),
			put("no chunks at all", incomplete, body("new")),
			put("a chunk without its end", terminated, inBody("ew\r\n", "ew")),
			put("a malformed size", terminated, inBody("2000", "200x")),
			put("no size", terminated, inBody("2000", "")),
			put("a size in another notation", terminated, inBody("2000", "0x2000")),
			put("a bare line feed behind the data", terminated, inBody("ew\r\n", "ew\n")),
			put("more data than the size says", terminated, inBody("ew\r\n", "ewe\r\n")),
			put("a size beyond all numbers", incomplete, func(m *message, _ *strings.Replacer) { m.body = append([]byte("fffffffffffffff"), m.body...) }),
			put("HTTP's own chunks around it", stored, chunkedTransfer),
		)
		rows[len(rows)-1].after = dataStored
		for value, w := range map[string]want{
			"8195": incomplete, "8193": incomplete, "0": incomplete,
			"three": lengthless, "-8194": lengthless, "+8194": lengthless, "8194.0": lengthless, "0x2002": lengthless,
			"8194,8194": lengthless, "99999999999999999999": lengthless, "": lengthless,
		} {
			r := put("a decoded length of "+value, w)
			r.headers = []header{{"x-amz-decoded-content-length", value}}
			rows = append(rows, r)
		}
		if signed {
			rows = append(rows,
				put("the data changed", want{status: 403, code: "SignatureDoesNotMatch"}, inBody("ew\r\n", "oo\r\n")),
				put("a chunk's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("chunk-signature=")),
				put("the last chunk's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("\r\n0;chunk-signature=")),
				put("a chunk without a signature", terminated, func(m *message, _ *strings.Replacer) {
					text := string(m.body)
					m.body = []byte("2000" + text[strings.Index(text, "\r\n"):])
				}),
				put("no signatures at all", terminated, body("3\r\nnew\r\n0\r\n\r\n")),
				put("another name of the signature", terminated, inBody(";chunk-signature=", ";chunk-signaturf=")),
				put("a signature that is too short", badSignature, cutSignature(";chunk-signature=", 63)),
				put("an empty signature", badSignature, cutSignature(";chunk-signature=", 0)),
				put("a signature that is too long", badSignature, inBody(";chunk-signature=", ";chunk-signature=0")),
				put("a signature that is much too long", badSignature, inBody(";chunk-signature=", ";chunk-signature="+strings.Repeat("0", 500))),
				put("a signature that is no number", badSignature, inBody(";chunk-signature=", ";chunk-signature=?")),
				put("a signature with something behind it", badSignature, inBody("\r\n"+fullChunk, ";a=b\r\n"+fullChunk)),
				put("the last chunk's signature too short", badSignature, cutSignature("\r\n0;chunk-signature=", 1)),
				put("chunks in another order", want{status: 403}, swapChunks),
				put("the first chunk alone", want{status: refused}, dropChunk),
			)
		}
		if trailers != nil {
			rows = append(rows,
				put("no trailer", want{status: refused}, inBody(trailer+"\r\n", "")),
				put("another trailer", want{status: refused}, inBody("x-amz-checksum-crc32:", "x-amz-checksum-sha1:")),
				put("the trailer twice", want{status: refused}, inBody(trailer+"\r\n", trailer+"\r\n"+trailer+"\r\n")),
				put("metadata in the trailer", want{status: refused}, inBody(trailer, "x-amz-meta-a:b\r\n"+trailer)),
				put("a trailer without a colon", want{status: refused}, inBody("crc32:", "crc32=")),
			)
			wrong := put("a wrong checksum", want{status: 400, code: "BadDigest"})
			wrong.trailers = []string{"x-amz-checksum-crc32:AAAAAA=="}
			short := put("a checksum of the wrong length", want{status: 400, code: "InvalidRequest",
				message: "Value for x-amz-checksum-crc32 trailing header is invalid."})
			short.trailers = []string{"x-amz-checksum-crc32:AAAA"}
			none := put("no trailer announced", stored)
			none.trailers, none.after = nil, dataStored
			unannounced := none
			unannounced.name, unannounced.after, unannounced.tamper = name+"a trailer that is not announced", nil, []tamper{
				func(m *message, _ *strings.Replacer) {
					end := strings.LastIndex(string(m.body), "\r\n0") + len("\r\n0")
					end += strings.Index(string(m.body[end:]), "\r\n") + len("\r\n")
					m.body = []byte(string(m.body[:end]) + trailer + "\r\n\r\n")
				},
			}
			unannounced.want = want{status: 400, code: "MalformedTrailerError"}
			rows = append(rows, wrong, short, none, unannounced)
			for _, announced := range []string{
				"x-amz-checksum-crc7", "x-amz-checksum-type", "x-amz-meta-a", "x-amz-checksum-crc32,x-amz-checksum-sha1", "",
			} {
				r := put("announcing "+announced, want{status: 400, code: "InvalidRequest",
					message: "The value specified in the x-amz-trailer header is not supported"})
				r.headers = []header{{"x-amz-trailer", announced}}
				rows = append(rows, r)
			}
			beside := put("a checksum in a header, too", want{status: 400, code: "InvalidRequest",
				message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."})
			beside.headers = []header{{"x-amz-checksum-sha1", checksumOf("SHA1", data)}}
			rows = append(rows, beside)
			for _, algorithm := range algorithms {
				r := put("trailer "+algorithm, stored)
				header := "x-amz-checksum-" + strings.ToLower(algorithm)
				r.trailers, r.after = []string{header + ":" + checksumOf(algorithm, data)}, dataStored
				r.want.headers = map[string]string{header: checksumOf(algorithm, data)}
				wrong := put("trailer "+algorithm+", wrong", want{status: 400, code: "BadDigest"})
				wrong.trailers = []string{header + ":" + checksumOf(algorithm, "old")}
				rows = append(rows, r, wrong)
			}
			if signed {
				rows = append(rows,
					put("the trailer's value changed", want{status: 403, code: "SignatureDoesNotMatch"}, inBody(trailer, "x-amz-checksum-crc32:AAAAAA==")),
					put("the trailer's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("x-amz-trailer-signature:")),
					put("the trailer's signature left away", want{status: refused}, func(m *message, _ *strings.Replacer) {
						text := string(m.body)
						m.body = []byte(text[:strings.Index(text, "x-amz-trailer-signature")] + "\r\n")
					}),
				)
			} else {
				rows = append(rows,
					put("the data changed", want{status: 400, code: "BadDigest"}, inBody("ew\r\n", "oo\r\n")),
				)
			}
		}
		encoded := put("under another encoding", stored)
		encoded.headers, encoded.after = []header{{"Content-Encoding", "aws-chunked,gzip"}}, dataStored
		rows = append(rows, encoded)

		// In the query, where SDKs don't put a stream, but others tried.
		query := put("signed in the query with another secret", badSignature)
		query.sign.scheme = v4Query
		query.sign.secret = "wrong"
		changed := put("signed in the query and changed", want{status: refused}, inBody("ew\r\n", "oo\r\n"))
		changed.sign.scheme = v4Query
		rows = append(rows, query, changed)
	}
	rows = append(rows, []row{
		{name: "ECDSA", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Header, payload: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, want: want{status: 501, code: "NotImplemented"}},
		{name: "a mode that nobody knows", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Header, payload: "STREAMING-AWS5-PAYLOAD"}, want: want{status: 400, code: "InvalidArgument"}},
		{name: "a stream with nothing to say its length", method: "PUT", target: "/{bucket}/k", chunks: []string{"new"},
			sign:   sign{scheme: v4Header, payload: streaming, leaveOut: []string{"x-amz-decoded-content-length"}},
			tamper: []tamper{dropHeader("x-amz-decoded-content-length")}, want: lengthless},
	}...)
	run(t, rows)
}

func otherMode(mode string) string {
	if mode == streamingUnsigned {
		return streaming
	}
	return streamingUnsigned
}

// cutSignature leaves so many digits of the signature behind a text.
func cutSignature(behind string, digits int) tamper {
	return func(m *message, _ *strings.Replacer) {
		text := string(m.body)
		i := strings.Index(text, behind) + len(behind)
		mustHave(i >= len(behind), behind, text)
		m.body = []byte(text[:i+digits] + text[i+64:])
	}
}

// swapChunks exchanges the first two chunks of a signed stream.
func swapChunks(m *message, _ *strings.Replacer) {
	a, b, rest := cutChunks(m)
	m.body = []byte(b + a + rest)
}

// dropChunk takes the second chunk of a signed stream away.
func dropChunk(m *message, _ *strings.Replacer) {
	a, _, rest := cutChunks(m)
	m.body = []byte(a + rest)
}

func cutChunks(m *message) (first, second, rest string) {
	body := string(m.body)
	i := strings.Index(body, "\r\n2;")
	j := strings.Index(body, "\r\n0;")
	mustHave(i >= 0 && j > i, "stream of two chunks in", body)
	return body[:i+2], body[i+2 : j+2], body[j+2:]
}

// aws-chunked is how the body came, not what the object is.
func TestTheEncodingOfTheStreamIsNotTheObjects(t *testing.T) {
	for encoding, kept := range map[string]string{
		"aws-chunked": "", "aws-chunked,gzip": "gzip", "gzip,aws-chunked": "gzip", "gzip, aws-chunked": "gzip",
	} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			bucket := newBucket(t)
			m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host,
				headers: []header{{"Content-Encoding", encoding}}}
			sign{scheme: v4Header, payload: streaming, chunks: []string{"new"}}.sign(m)
			m.finish()
			if a, err := m.send(); err != nil || a.status != 200 {
				t.Fatalf("%v, %v", a, err)
			}
			if got := mustDo(t, "GET", "/"+bucket+"/k", "").header.Get("Content-Encoding"); got != kept {
				t.Errorf("the object's encoding is %q, want %q", got, kept)
			}
		})
	}
}
