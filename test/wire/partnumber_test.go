package wire

import "testing"

// An object that was uploaded at once has one part.
func TestReadsOfParts(t *testing.T) {
	assembled := []step{createUpload("u", "m"), putPart("p", "m", "u", 7, "hello"), complete("done", "m", "u", "7 "+md5Hello)}
	var rows []row
	read := func(name, target string, w want, headers ...header) {
		for _, method := range []string{"GET", "HEAD"} {
			w := w
			if method == "HEAD" {
				w.body = nil
			}
			for kind, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query} {
				rows = append(rows, row{name: method + " " + name + ", " + kind, before: assembled, method: method, target: target, headers: headers, sign: sign{scheme: s}, want: w})
			}
		}
	}
	whole := func(parts, etag string) want {
		return want{status: 206, body: text("hello"), headers: map[string]string{"Content-Range": "bytes 0-4/5", "Content-Length": "5", "x-amz-mp-parts-count": parts, "ETag": `"` + etag + `"`}}
	}
	number := func(value string) want {
		return invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value)
	}
	read("the part of an object", "/{bucket}/k?partNumber=1", whole("", md5Hello))
	read("the part of an upload", "/{bucket}/m?partNumber=1", whole("1", completed("hello")))
	for _, key := range []string{"k", "m"} {
		read("the second of one part of "+key, "/{bucket}/"+key+"?partNumber=2", want{status: 416, code: "InvalidPartNumber", message: "The requested partnumber is not satisfiable",
			elements: map[string]string{"PartNumberRequested": "2", "ActualPartCount": "1"}})
		read("the number of an upload's part of "+key, "/{bucket}/"+key+"?partNumber=7", want{status: 416, code: "InvalidPartNumber"})
		for _, value := range []string{"0", "-1", "10001", "x", "99999999999999999999", ""} {
			read("the part "+value+" of "+key, "/{bucket}/"+key+"?partNumber="+value, number(value))
		}
		read("a part and a range of "+key, "/{bucket}/"+key+"?partNumber=1", want{status: 400, code: "InvalidRequest", message: "Cannot specify both Range header and partNumber query parameter"}, header{"Range", "bytes=0-1"})
		read("a part of another "+key, "/{bucket}/"+key+"?partNumber=1", want{status: 412, code: "PreconditionFailed"}, header{"If-Match", `"x"`})
	}
	read("a part of nothing", "/{bucket}/nothing?partNumber=1", noKey)
	read("the whole of an upload", "/{bucket}/m", want{status: 200, body: text("hello"), headers: map[string]string{"ETag": `"` + completed("hello") + `"`, "x-amz-mp-parts-count": ""}})
	rows = append(rows,
		row{name: "a part on a URL for another one", before: assembled, method: "GET", target: "/{bucket}/m?partNumber=2", sign: sign{scheme: v4Query}, tamper: []tamper{setQuery("partNumber", "1")}, want: badSignature},
		row{name: "a part by nobody", before: assembled, method: "GET", target: "/{bucket}/m?partNumber=1", want: denied},
		row{name: "a part that is empty", given: map[string]string{"k": ""}, method: "GET", target: "/{bucket}/k?partNumber=1", sign: sign{scheme: v4Query}, want: want{status: 200, body: text(""), headers: map[string]string{"Content-Range": ""}}},
	)
	run(t, rows)
}
