package s3

import (
	"encoding/xml"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/object"
)

const (
	// maxObjectTags and maxBucketTags are how many tags an object and a bucket may
	// have, maxTagKey and maxTagValue how many characters.
	//
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
	maxObjectTags = 10
	maxBucketTags = 50
	maxTagKey     = 128
	maxTagValue   = 256
)

// tagging is a set of tags as a document.
type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	TagSet  *struct {
		Tags []struct {
			Key   *string `xml:"Key"`
			Value *string `xml:"Value"`
		} `xml:"Tag"`
	} `xml:"TagSet"`
}

// parseTagging reads a document of at most most tags.
func parseTagging(document []byte, most int) ([]object.Tag, error) {
	var t tagging
	if err := decodeXML(document, &t); err != nil {
		return nil, err
	}
	if t.TagSet == nil {
		return nil, errMalformedXML
	}
	tags := make([]object.Tag, 0, len(t.TagSet.Tags))
	for _, tag := range t.TagSet.Tags {
		if tag.Key == nil || tag.Value == nil {
			return nil, errMalformedXML
		}
		tags = append(tags, object.Tag{Key: unhideControls(*tag.Key), Value: unhideControls(*tag.Value)})
	}
	return tags, checkTags(tags, most)
}

// parseTagHeader reads x-amz-tagging: tags as the parameters of a query.
func parseTagHeader(value string) ([]object.Tag, error) {
	malformed := func() error {
		return invalidArgument(
			"The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
			"x-amz-tagging", value,
		)
	}
	var tags []object.Tag
	for pair := range strings.SplitSeq(value, "&") {
		if pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || !utf8.ValidString(name) {
			return nil, malformed()
		}
		if text, err = url.QueryUnescape(text); err != nil || !utf8.ValidString(text) {
			return nil, malformed()
		}
		for _, earlier := range tags {
			if earlier.Key == name {
				return nil, malformed()
			}
		}
		if tags = append(tags, object.Tag{Key: name, Value: text}); len(tags) > maxObjectTags {
			return nil, tooManyTags(maxObjectTags)
		}
	}
	return tags, checkTags(tags, maxObjectTags)
}

// checkTags holds tags against Amazon's restrictions.
func checkTags(tags []object.Tag, most int) error {
	if len(tags) > most {
		return tooManyTags(most)
	}
	system := "Your TagKey cannot be prefixed with aws:"
	if most == maxBucketTags {
		system = "System tags cannot be added/updated by requester"
	}
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		switch {
		case tag.Key == "" || utf8.RuneCountInString(tag.Key) > maxTagKey || !isTagText(tag.Key):
			return invalidTag("The TagKey you have provided is invalid", tag.Key, "")
		case utf8.RuneCountInString(tag.Value) > maxTagValue || !isTagText(tag.Value):
			return invalidTag("The TagValue you have provided is invalid", tag.Key, tag.Value)
		case len(tag.Key) >= 4 && strings.EqualFold(tag.Key[:4], "aws:"):
			return invalidTag(system, tag.Key, "")
		case seen[tag.Key]:
			return invalidTag("Cannot provide multiple Tags with the same key", tag.Key, "")
		}
		seen[tag.Key] = true
	}
	return nil
}

// isTagText reports whether s has only characters that tags may have: letters,
// numbers, spaces and a few signs.
func isTagText(s string) bool {
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsMark(c) && c != ' ' && !strings.ContainsRune("+-=._:/@", c) {
			return false
		}
	}
	return true
}

// taggingDocument writes tags as Amazon does.
func taggingDocument(tags []object.Tag) []byte {
	w := newXML("Tagging", 128+96*len(tags))
	w.open("TagSet")
	for _, tag := range tags {
		w.open("Tag")
		w.text("Key", tag.Key)
		w.text("Value", tag.Value)
		w.close("Tag")
	}
	w.close("TagSet")
	w.close("Tagging")
	return w.b
}
