package iam

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the answers into the transcripts")

// TestTranscripts sends what the transcripts in testdata say and compares the
// answers. Their lines are
//
//	# a comment
//	as NAME                  who sends what follows: root, a user with a key, or
//	                         the root user of an account that was made
//	Action NAME=VALUE ...    a request; the lines below, indented, are the answer
//
// What differs each time has names: {ACCOUNT}, {AIDA1} and so on. {allow ACTION}
// is a policy document, {trust ARN} one of a role, {marker TEXT} a Marker.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// replay sends the requests of a transcript and returns it with the answers that
// came.
func replay(t *testing.T, transcript string) string {
	s := newStack(t)
	n := newNames(s.account)
	callers := map[string]aws.Credentials{"root": rootKeys}
	caller := rootKeys
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		b.WriteString(line)
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(line, "as "); ok {
			if caller, ok = callers[name]; !ok {
				t.Fatalf("nobody is %s", name)
			}
			continue
		}
		action, pairs := parseCall(t, n.expand(line))
		answer := s.call(t, caller, action, pairs...)
		switch {
		case answer.code != "":
			message, _, _ := strings.Cut(n.hide(answer.message), "\n")
			fmt.Fprintf(&b, "  %d %s: %s\n", answer.status, answer.code, message)
		default:
			for line := range strings.Lines(n.hide(indent(t, answer.body))) {
				b.WriteString("  " + line)
			}
		}
		switch action {
		case "CreateAccessKey":
			callers[element(answer.body, "UserName")] = credentials(answer.body)
		case "CreateAccount":
			callers[element(answer.body, "Name")] = credentials(answer.body)
		}
	}
	return b.String()
}

// parseCall reads an action and its parameters. Values with spaces are quoted.
func parseCall(t *testing.T, line string) (action string, pairs []string) {
	t.Helper()
	action, line, _ = strings.Cut(line, " ")
	for line != "" {
		name, rest, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf("no value in %q", line)
		}
		value := ""
		if strings.HasPrefix(rest, "'") {
			value, line, _ = strings.Cut(rest[1:], "'")
			line = strings.TrimPrefix(line, " ")
		} else {
			value, line, _ = strings.Cut(rest, " ")
		}
		pairs = append(pairs, name, value)
	}
	return action, pairs
}

// names stand for what differs each time.
type names struct {
	toName, toValue map[string]string
	count           map[string]int
}

func newNames(account string) *names {
	return &names{
		map[string]string{account: "{ACCOUNT}"}, map[string]string{"{ACCOUNT}": account}, map[string]int{},
	}
}

var (
	differing = regexp.MustCompile(`\b(AIDA|AGPA|AROA|ANPA|AKIA)[A-Z2-7]{16,17}\b|\b[0-9]{12}\b|\b[0-9a-f]{64}\b`)
	secrets   = regexp.MustCompile(`<SecretAccessKey>[A-Za-z0-9+/]{40}</SecretAccessKey>`)
	named     = regexp.MustCompile(`\{[A-Z]+[0-9]*\}`)
	composed  = regexp.MustCompile(`\{(allow|trust|marker) [^{}]*\}`)
	markers   = regexp.MustCompile(`<Marker>[A-Za-z0-9_-]+</Marker>`)
)

// hide puts names in the place of what differs.
func (n *names) hide(text string) string {
	text = secrets.ReplaceAllString(text, "<SecretAccessKey>SECRET</SecretAccessKey>")
	text = markers.ReplaceAllStringFunc(text, func(marker string) string {
		after, _ := base64.RawURLEncoding.DecodeString(element(marker, "Marker"))
		return "<Marker>{marker " + string(after) + "}</Marker>"
	})
	for value, name := range n.toName { // in escapes, too
		text = strings.ReplaceAll(text, value, name)
	}
	return differing.ReplaceAllStringFunc(text, func(value string) string {
		if value == rootKeys.AccessKeyID {
			return value
		}
		if name, ok := n.toName[value]; ok {
			return name // found in this text
		}
		kind := "ACCOUNT"
		switch {
		case len(value) == 64:
			kind = "CANONICAL"
		case value[0] == 'A':
			kind = value[:4]
		}
		n.count[kind]++
		name := fmt.Sprintf("{%s%d}", kind, n.count[kind])
		n.toName[value], n.toValue[name] = name, value
		return name
	})
}

// expand puts in the place of names what they stand for.
func (n *names) expand(text string) string {
	text = named.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := n.toValue[name]; ok {
			return value
		}
		return name
	})
	return composed.ReplaceAllStringFunc(text, func(name string) string {
		word, rest, _ := strings.Cut(strings.Trim(name, "{}"), " ")
		switch word {
		case "allow":
			return "'" + allowing(rest) + "'"
		case "marker":
			return base64.RawURLEncoding.EncodeToString([]byte(rest))
		}
		return "'" + trusting(rest) + "'"
	})
}

// indent returns the result of an answer in lines.
func indent(t *testing.T, document string) string {
	t.Helper()
	var b bytes.Buffer
	d, e := xml.NewDecoder(strings.NewReader(document)), xml.NewEncoder(&b)
	e.Indent("", "  ")
	depth, metadata := 0, false
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			depth++
			metadata = metadata || start.Name.Local == "ResponseMetadata"
			start.Name.Space, start.Attr = "", nil
			token = start
		}
		if end, ok := token.(xml.EndElement); ok {
			depth--
			end.Name.Space = ""
			token = end
			if depth == 0 {
				break
			}
		}
		if depth == 1 {
			if _, ok := token.(xml.StartElement); ok {
				continue // the response
			}
		}
		if !metadata {
			if err := e.EncodeToken(token); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	if b.Len() == 0 {
		return "200\n"
	}
	return b.String() + "\n"
}
