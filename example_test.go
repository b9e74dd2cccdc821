package signet_test

import (
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/signet-store/signet"
)

// The clock of the examples, so that they print the same each time. Leave Now out
// in your program.
func exampleNow() time.Time { return time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC) }

func Example() {
	p, err := signet.New(signet.Options{
		Credentials: signet.Credentials{
			AccessKeyID:     "AKIAIOSFODNN7EXAMPLE",
			SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		},
		Endpoint: "http://127.0.0.1:9000",
		Now:      exampleNow,
	})
	if err != nil {
		log.Fatal(err)
	}
	link, err := p.Get("photos", "2025/cat.jpg", time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link)
	// Output:
	// http://127.0.0.1:9000/photos/2025/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250601T120000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=8716b694c41a319ee220213d72a5b395e48092eb549e7230939631e5662e2ba6
}

func examplePresigner() *signet.Presigner {
	p, err := signet.New(signet.Options{
		Credentials: signet.Credentials{
			AccessKeyID:     "AKIAIOSFODNN7EXAMPLE",
			SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		},
		Endpoint: "https://s3.example.com",
		Now:      exampleNow,
	})
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// An upload: curl --upload-file cat.jpg URL.
func ExamplePresigner_Put() {
	link, err := examplePresigner().Put("photos", "2025/cat.jpg", 15*time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link)
	// Output:
	// https://s3.example.com/photos/2025/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250601T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=02595aeea0a3dbdab0622b82d2641a766475e03da622bfdd5920a10658c2c86c
}

// An upload whose type and size are fixed: the headers must be sent as they were
// signed.
func ExamplePresigner_Presign_headers() {
	link, err := examplePresigner().Presign(signet.Request{
		Method: http.MethodPut, Bucket: "photos", Key: "2025/cat.jpg", Expires: 15 * time.Minute,
		Header: http.Header{"Content-Type": {"image/jpeg"}, "Content-Length": {"48213"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link)
	// Output:
	// https://s3.example.com/photos/2025/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250601T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&X-Amz-Signature=3176322c04585210c3f05a0badb4e000f7664143781e273b687e73ef9cc8e330
}

// A download that a browser saves under another name.
func ExamplePresigner_Presign_fileName() {
	link, err := examplePresigner().Presign(signet.Request{
		Method: http.MethodGet, Bucket: "photos", Key: "2025/cat.jpg", Expires: time.Hour,
		Query: url.Values{"response-content-disposition": {`attachment; filename="cat.jpg"`}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link)
	// Output:
	// https://s3.example.com/photos/2025/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250601T120000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&response-content-disposition=attachment%3B%20filename%3D%22cat.jpg%22&X-Amz-Signature=9b2d5cf911c57e3e2523f97e230ef91649d94d6cbfad07c05ebcb0a12d39b3fc
}

// A request on a bucket: a list of what is below 2025/.
func ExamplePresigner_Presign_bucket() {
	link, err := examplePresigner().Presign(signet.Request{
		Method: http.MethodGet, Bucket: "photos", NoKey: true, Expires: time.Minute,
		Query: url.Values{"list-type": {"2"}, "prefix": {"2025/"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link)
	// Output:
	// https://s3.example.com/photos?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250601T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&list-type=2&prefix=2025%2F&X-Amz-Signature=5e62cd211d2f8e8f0130602b7a24a840fad93ce369671db3dacc072024f49563
}

// A form that uploads one image of at most 10 MiB.
func ExamplePresigner_Post() {
	form, err := examplePresigner().Post(signet.PostPolicy{
		Bucket: "inbox", KeyPrefix: "from-ada/", Expires: time.Hour,
		ContentType: "image/jpeg", MaxSize: 10 << 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("<form action=%q method=\"post\" enctype=\"multipart/form-data\">\n", form.URL)
	for _, f := range form.Fields[:2] {
		fmt.Printf("  <input type=\"hidden\" name=%q value=%q>\n", f.Name, f.Value)
	}
	fmt.Println("  ...")
	fmt.Println(`  <input type="file" name="file"> <button>Upload</button>`)
	fmt.Println("</form>")
	// Output:
	// <form action="https://s3.example.com/inbox" method="post" enctype="multipart/form-data">
	//   <input type="hidden" name="key" value="from-ada/${filename}">
	//   <input type="hidden" name="Content-Type" value="image/jpeg">
	//   ...
	//   <input type="file" name="file"> <button>Upload</button>
	// </form>
}

func ExampleParse() {
	link, err := examplePresigner().Get("photos", "2025/cat.jpg", time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	l, err := signet.Parse(link, "s3.example.com")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Bucket, l.Key)
	fmt.Println("signed with", l.AccessKeyID, "in", l.Region)
	fmt.Println("good until", l.Expires)
	// Output:
	// photos 2025/cat.jpg
	// signed with AKIAIOSFODNN7EXAMPLE in us-east-1
	// good until 2025-06-01 13:00:00 +0000 UTC
}

func ExampleCredentials() {
	c := signet.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}
	fmt.Printf("%+v\n", c)
	// Output:
	// credentials of "AKIAIOSFODNN7EXAMPLE"
}
