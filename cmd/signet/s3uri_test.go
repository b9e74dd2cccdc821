package main

import "testing"

func TestAddressesNameBucketAndKeyByteForByte(t *testing.T) {
	for text, want := range map[string]s3URI{
		"s3://bucket":               {"bucket", ""},
		"s3://bucket/":              {"bucket", ""},
		"s3://bucket/key":           {"bucket", "key"},
		"s3://bucket//key":          {"bucket", "/key"},
		"s3://bucket/a//../b/":      {"bucket", "a//../b/"},
		"s3://bucket/%41?x=1#y z+ü": {"bucket", "%41?x=1#y z+ü"},
	} {
		if got, err := parseS3URI(text); err != nil || got != want {
			t.Errorf("parseS3URI(%q) is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "bucket/key", "s3:/bucket/key", "S3://bucket/key", "s3://", "s3:///key", "s3://a b/key", "s3://host:80/key", "https://bucket/key"} {
		if got, err := parseS3URI(text); err == nil {
			t.Errorf("parseS3URI(%q) is %+v, want an error", text, got)
		}
	}
}
