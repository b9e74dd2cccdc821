package wire

import "testing"

// Nobody gets in without a signature, and learns nothing about what is there.
func TestEverythingIsPrivate(t *testing.T) {
	noBucket := want{status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist"}
	var rows []row
	for _, host := range []struct{ name, host, prefix string }{
		{"path style", "", "/{bucket}"}, {"virtual-hosted", "{vhost}", ""},
	} {
		rows = append(rows, []row{
			{name: host.name + ": GET", method: "GET", target: host.prefix + "/k", host: host.host, want: denied},
			{name: host.name + ": GET of nothing", method: "GET", target: host.prefix + "/nothing", host: host.host, want: denied},
			{name: host.name + ": HEAD", method: "HEAD", target: host.prefix + "/k", host: host.host, want: want{status: 403}},
			{name: host.name + ": HEAD of nothing", method: "HEAD", target: host.prefix + "/nothing", host: host.host, want: want{status: 403}},
			{name: host.name + ": PUT", method: "PUT", target: host.prefix + "/k", host: host.host, body: "new", want: denied},
			{name: host.name + ": PUT of a new key", method: "PUT", target: host.prefix + "/new", host: host.host, body: "new", want: denied},
			{name: host.name + ": DELETE", method: "DELETE", target: host.prefix + "/k", host: host.host, want: denied},
			{name: host.name + ": DELETE of nothing", method: "DELETE", target: host.prefix + "/nothing", host: host.host, want: denied},
			{name: host.name + ": list", method: "GET", target: host.prefix + "/", host: host.host, want: denied},
			{name: host.name + ": list newly", method: "GET", target: host.prefix + "/?list-type=2", host: host.host, want: denied},
			{name: host.name + ": HEAD of the bucket", method: "HEAD", target: host.prefix + "/", host: host.host, want: want{status: 403}},
			{name: host.name + ": the location", method: "GET", target: host.prefix + "/?location", host: host.host, want: denied},
			{name: host.name + ": DELETE of the bucket", method: "DELETE", target: host.prefix + "/", host: host.host, want: denied},
			{name: host.name + ": DeleteObjects", method: "POST", target: host.prefix + "/?delete", host: host.host,
				body: "<Delete><Object><Key>k</Key></Object></Delete>", headers: []header{{"Content-MD5", "NSR1vEj3xPeqnmRP5hvMMA=="}}, want: want{status: 403, code: "AccessDenied"}},
			{name: host.name + ": a form without a signature", method: "POST", target: host.prefix + "/", host: host.host,
				form: &form{fields: []header{{"key", "k"}}, file: "new"}, want: want{status: 403, code: "AccessDenied"}},
		}...)
	}
	rows = append(rows, []row{
		{name: "list the buckets", method: "GET", target: "/", want: denied},
		{name: "make a bucket", method: "PUT", target: "/new-{bucket}", want: denied},
		{name: "GET from no bucket", method: "GET", target: "/no-{bucket}/k", want: noBucket},
		{name: "HEAD from no bucket", method: "HEAD", target: "/no-{bucket}/k", want: want{status: 404}},
		{name: "PUT into no bucket", method: "PUT", target: "/no-{bucket}/k", body: "new", want: noBucket},
		{name: "DELETE from no bucket", method: "DELETE", target: "/no-{bucket}/k", want: noBucket},
		{name: "list of no bucket", method: "GET", target: "/no-{bucket}", want: noBucket},
		{name: "an override", method: "GET", target: "/{bucket}/k?response-content-type=text%2Fhtml",
			want: want{status: 400, code: "InvalidRequest", message: "Request specific response headers cannot be used for anonymous GET requests."}},
		{name: "a condition that would tell what is there", method: "GET", target: "/{bucket}/k", headers: []header{{"If-None-Match", "*"}}, want: denied},
		{name: "a condition that would tell its ETag", method: "GET", target: "/{bucket}/k", headers: []header{{"If-None-Match", `"5d41402abc4b2a76b9719d911017c592"`}}, want: denied},
		{name: "a condition that would tell it is not", method: "GET", target: "/{bucket}/k", headers: []header{{"If-Match", `"x"`}}, want: denied},
		{name: "a range that would tell its size", method: "GET", target: "/{bucket}/k", headers: []header{{"Range", "bytes=99-"}}, want: denied},
		{name: "with a copy source", method: "PUT", target: "/{bucket}/new", headers: []header{{"x-amz-copy-source", "/{bucket}/k"}}, want: want{status: 403, code: "AccessDenied"}},
		{name: "with an acl that would open it", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-acl", "public-read"}}, want: want{status: 403, code: "AccessDenied"}},
		{name: "with a stream", method: "PUT", target: "/{bucket}/k", body: "3\r\nnew\r\n0\r\n\r\n",
			headers: []header{{"x-amz-content-sha256", streamingUnsigned}, {"x-amz-decoded-content-length", "3"}}, want: want{status: refused}},
		{name: "a sub-resource", method: "GET", target: "/{bucket}/k?acl", want: want{status: 403, code: "AccessDenied"}},
		{name: "a policy", method: "PUT", target: "/{bucket}?policy", body: "{}", want: want{status: 403, code: "AccessDenied"}},
	}...)
	run(t, rows)
}
