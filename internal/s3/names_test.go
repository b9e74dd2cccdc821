package s3

import (
	"strings"
	"testing"
)

// What Amazon says about parameters of lists is not documented; it was measured by
// others, and is the same in several implementations that were compared with it.
func TestListsRefuseParametersThatTheyCannotRead(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "v"})
	encoding := func(value string) refusal {
		return badArgument("Invalid Encoding Method specified in Request", "encoding-type", value)
	}
	unread := func(name, value string) refusal {
		return badArgument("Provided "+name+" not an integer or within integer range", name, value)
	}
	for list, most := range map[string]string{"": "max-keys", "list-type=2&": "max-keys", "versions&": "max-keys", "uploads&": "max-uploads"} {
		in := func(query string) refused {
			return refused{name: "?" + list + query, in: to("GET", "bucket", "", list+query)}
		}
		cases := map[string]refusal{
			"encoding-type=":                       encoding(""),
			"encoding-type=base64":                 encoding("base64"),
			most + "=x":                            unread(most, "x"),
			most + "=1.5":                          unread(most, "1.5"),
			most + "=%2B5":                         unread(most, "+5"),
			most + "=+5":                           unread(most, " 5"),
			most + "=2147483648":                   unread(most, "2147483648"),
			most + "=-2147483649":                  unread(most, "-2147483649"),
			most + "=" + strings.Repeat("9", 5000): unread(most, strings.Repeat("9", 5000)),
			"prefix=%FF":                           badArgument("The parameter is not valid UTF-8", "prefix", ""),
			"delimiter=%FF":                        badArgument("The parameter is not valid UTF-8", "delimiter", ""),
		}
		spelled := most
		if most == "max-keys" {
			spelled = "maxKeys"
		}
		cases[most+"=-01"] = badArgument("Argument "+spelled+" must be an integer between 0 and 2147483647", spelled, "-1")
		for query, want := range cases {
			c := in(query)
			c.want = want
			expectRefusals(t, h, []refused{c})
		}
	}
	expectRefusals(t, h, []refused{
		{"a list type that is none", to("GET", "bucket", "", "list-type=3"), "", badArgument("The list-type is not 2", "list-type", "3")},
		{"a token that is none", to("GET", "bucket", "", "list-type=2&continuation-token=x"), "", badArgument("The continuation token provided is incorrect", "continuation-token", "x")},
		{"an empty token", to("GET", "bucket", "", "list-type=2&continuation-token="), "", badArgument("The continuation token provided is incorrect", "continuation-token", "")},
		{"a version without a key", to("GET", "bucket", "", "versions&version-id-marker=null"), "", badArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", "null")},
		{"an empty version without a key", to("GET", "bucket", "", "versions&version-id-marker="), "", badArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", "")},
		{"an empty version", to("GET", "bucket", "", "versions&key-marker=k&version-id-marker="), "", badArgument("A version-id marker cannot be empty.", "version-id-marker", "")},
		{"a version that is none", to("GET", "bucket", "", "versions&key-marker=k&version-id-marker=x"), "", badArgument("Invalid version id specified", "version-id-marker", "x")},
		{"too many buckets", to("GET", "", "", "max-buckets=x"), "", badArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "x")},
		{"no buckets", to("GET", "", "", "max-buckets=0"), "", badArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "0")},
	})
}

func TestListsReadTheirParametersAsAmazonDoes(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"a b/é": "v", "c&d": "v"})
	for query, wants := range map[string][]string{
		"max-keys=":                         {"<MaxKeys>1000</MaxKeys>", "<IsTruncated>false</IsTruncated>"},
		"max-keys=0":                        {"<MaxKeys>0</MaxKeys>", "<IsTruncated>false</IsTruncated>"},
		"max-keys=-0":                       {"<MaxKeys>0</MaxKeys>"},
		"max-keys=007":                      {"<MaxKeys>7</MaxKeys>"},
		"max-keys=2147483647":               {"<MaxKeys>1000</MaxKeys>"},
		"encoding-type=url&delimiter=%2F":   {"<EncodingType>url</EncodingType>", "<Prefix>a+b/</Prefix>", "<Key>c%26d</Key>"},
		"encoding-type=URL&prefix=a+b":      {"<EncodingType>URL</EncodingType>", "<Prefix>a+b</Prefix>", "<Key>a+b/%C3%A9</Key>"},
		"delimiter=&prefix=":                {"<Key>a b/é</Key>", "<Key>c&amp;d</Key>"},
		"versions&max-keys=1&delimiter=%2F": {"<NextKeyMarker>a b/</NextKeyMarker>", "<IsTruncated>true</IsTruncated>"},
		"versions&key-marker=a+b/é&version-id-marker=null": {"<VersionIdMarker>null</VersionIdMarker>", "<Key>c&amp;d</Key>"},
		"uploads&upload-id-marker=x":                       {"<UploadIdMarker>x</UploadIdMarker>", "<MaxUploads>1000</MaxUploads>"},
	} {
		res := send(t, h, to("GET", "bucket", "", query), "")
		got := text(t, res)
		if res.StatusCode != 200 {
			t.Errorf("?%s: %d %s", query, res.StatusCode, got)
		}
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("?%s: no %s in %s", query, want, got)
			}
		}
		if strings.Contains(got, "<NextVersionIdMarker/>") {
			t.Errorf("?%s: a marker that cannot be sent back: %s", query, got)
		}
	}
}
