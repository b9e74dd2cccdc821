package iam

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strings"
	"time"
)

// members is a list as the Query protocol writes it: an element that is there
// even if it has none.
type members[T any] struct {
	Member []T `xml:"member"`
}

// responseMetadata ends every answer.
type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

// document returns the answer to a request that succeeded.
func (r *request) document(result any) ([]byte, error) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	name := r.action.name
	root := xml.StartElement{
		Name: xml.Name{Local: name + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: r.service.namespace}},
	}
	if err := e.EncodeToken(root); err != nil {
		return nil, err
	}
	if result != nil {
		if err := e.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: name + "Result"}}); err != nil {
			return nil, err
		}
	}
	if err := e.EncodeElement(responseMetadata{r.in.ID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}}); err != nil {
		return nil, err
	}
	if err := e.EncodeToken(root.End()); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil { // which writes what is left
		return nil, err
	}
	return b.Bytes(), nil
}

// errorDocument returns the answer to a request that failed.
func (r *request) errorDocument(a answer) []byte {
	type detail struct {
		Type, Code, Message string
	}
	who := "Sender"
	if a.status >= 500 {
		who = "Receiver"
	}
	// Strings always have an XML form.
	document, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Error     detail
		RequestID string `xml:"RequestId"`
	}{Namespace: r.service.namespace, Error: detail{who, a.code, a.message}, RequestID: r.in.ID})
	return document
}

// iso writes a time as IAM and STS do: in UTC and whole seconds.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// isoOrNone writes a time, and the zero time as nothing.
func isoOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return iso(t)
}

// escaped writes a policy document as IAM does: with escapes as in a URL.
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
