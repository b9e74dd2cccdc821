// Package signet makes presigned URLs and forms for Amazon S3, for Signet and for
// every other server that speaks S3's protocol, and reads what a URL says.
//
// A presigned URL lets whoever holds it do one thing with one object for a while:
// download it, upload it, delete it. It is made from an access key ID and a secret,
// without asking the server:
//
//	p, err := signet.New(signet.Options{
//		Credentials: signet.Credentials{AccessKeyID: id, SecretAccessKey: secret},
//		Region:      "us-east-1",
//		Endpoint:    "http://127.0.0.1:9000",
//	})
//	...
//	link, err := p.Get("photos", "2025/cat.jpg", time.Hour)
//
// The URL works with any HTTP client: curl, a browser, an <img> element. It carries
// the rights that its key has when it is used, and is good for 7 days at most. Treat
// it as a password: who has it can use it.
//
// [Presigner.Get], [Presigner.Put], [Presigner.Head], [Presigner.Delete] and
// [Presigner.UploadPart] cover the usual cases. [Presigner.Presign] signs any
// request, with headers that its sender must send as they are, and with further
// query parameters. [Presigner.Post] makes the fields of an HTML form, with which a
// browser uploads a file under conditions, such as a largest size. [Parse] reads a
// URL back.
//
// What could never work is an error when the URL is made, not when it is used.
// Secrets appear in no error, and print as hidden.
//
// The package imports nothing outside the standard library. For the same request its
// URLs are those of Amazon's SDK for Go, byte for byte.
package signet
