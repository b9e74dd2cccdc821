package wire

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// behaviour is something that S3 does, or that went wrong in another server, and
// where it is held.
type behaviour struct {
	number, what string
	by           []proof
	// elsewhere says why not all of it is tested over the wire.
	elsewhere string
}

// proof is a test, and names of its rows.
type proof struct {
	dir  string // "" is this package's
	test string
	rows []string
}

func in(test string, rows ...string) proof { return proof{"", test, rows} }

func inPackage(dir, test string) proof { return proof{"../../" + dir, test, nil} }

// behaviours are numbered as presigned requests (2) and mistakes of others (3).
var behaviours = []behaviour{
	{number: "2.1", what: "an expired request", by: []proof{in("TestPresignedV4", "expired", "PUT expired", "for no time at all"), in("TestTheMatrix")}},
	{number: "2.2", what: "a request dated in the future", by: []proof{in("TestPresignedV4", "in the future", "by a clock that is ten minutes ahead")}},
	{number: "2.3", what: "signed long ago and still good", by: []proof{in("TestPresignedV4", "signed twenty minutes ago for an hour", "signed six days ago for a week")}},
	{number: "2.4", what: "a week and no longer", by: []proof{in("TestPresignedV4", "for a week", "for more than a week", "for longer than any number")}},
	{number: "2.5", what: "a lifetime that is none", by: []proof{in("TestPresignedV4", "for a word", "for a fraction", "for a negative time")}},
	{number: "2.6", what: "a parameter missing", by: []proof{in("TestPresignedV4", "no algorithm", "no credential", "no date", "no expiry", "no signed headers", "no signature")}},
	{number: "2.7", what: "another region, service, day or terminator", by: []proof{in("TestPresignedV4", "another region", "another service", "another day", "another terminator"), in("TestHeaderSignedV4", "another region", "another service", "another day")}},
	{number: "2.8", what: "an unknown key, a wrong signature", by: []proof{in("TestPresignedV4", "an unknown key", "another secret"), in("TestHeaderSignedV4", "another secret")}},
	{number: "2.9", what: "headers that are not signed", by: []proof{in("TestPresignedV4", "metadata added", "the host not signed", "a payload hash that was not signed but is right"), in("TestHeaderSignedV4", "metadata added", "the host not signed")}},
	{number: "2.10", what: "two mechanisms at once", by: []proof{in("TestPresignedV4", "a header's signature too", "the older scheme too"), in("TestForms", "a header's signature too", "a query's signature too")}},
	{number: "2.11", what: "checksums in the query", by: []proof{in("TestPresignedV4", "PUT with the JS SDK's checksum of nothing in the query", "PUT with a wrong checksum signed")}},
	{number: "2.12", what: "the payload's hash", by: []proof{in("TestPresignedV4", "PUT with its hash signed", "PUT with the hash of something else signed", "PUT with its hash in the query")}},
	{number: "2.13", what: "HEAD on a URL for GET", by: []proof{in("TestPresignedV4", "HEAD on a URL for GET")}},
	{number: "2.14", what: "session tokens", by: []proof{in("TestSessionTokens", "its own", "none", "another user's", "one changed"), inPackage("internal/auth", "TestATokenWhoseSessionIsOverIsRefused"), inPackage("internal/identity", "TestASessionEnds")},
		elsewhere: "the shortest session lasts a quarter of an hour, so that its end is tested with a clock"},
	{number: "2.15", what: "Version 2 in the query", by: []proof{in("TestPresignedV2"), in("TestTheMatrix"), in("TestPoliciesSeeHowARequestIsSigned", "a signature of V2 has no age")}},
	{number: "2.16", what: "overrides of an anonymous request", by: []proof{in("TestEverythingIsPrivate", "an override"), in("TestWhatIsPublic", "with an override that is signed")}},
	{number: "2.17", what: "forms", by: []proof{in("TestForms", "expired", "too large", "too small", "a policy that is no JSON", "a field that no condition covers", "fields to be ignored", "the file's name", "status 201", "a redirect", "fields behind the file"), in("TestTheMatrix")}},
	{number: "2.18", what: "conditions of policies on signatures", by: []proof{in("TestPoliciesSeeHowARequestIsSigned", "a signature that is too old", "a query, V4", "a header, V2", "version 4 in a query", "a payload that is not signed", "no TLS", "the address", "the time")}},
	{number: "2.19", what: "keys of any UTF-8", by: []proof{in("TestOddKeys"), in("TestKeysThatLookAlike"), in("TestKeysEscapedDifferently"), in("TestKeysThatAreRefused")}},
	{number: "2.20", what: "errors as documents and headers", by: []proof{in("TestErrorsThatQuoteAreWellFormed"), in("TestMalformedRequests", "a broken escape in the key", "no host"), in("TestTheMatrix")}},
	{number: "2.21", what: "what is not there, to whom", by: []proof{in("TestRightsOfUsers", "what is not there, to who may list", "what is not there, to who may not", "what is in no bucket"), in("TestWhatIsPublic", "a key that is not there"), in("TestEverythingIsPrivate", "GET from no bucket")}},
	{number: "2.22", what: "what SDKs send by default", by: []proof{in("TestPresignedV4", "with the SDK's own parameter", "with the checksum mode in the query", "GET of the bucket's own host"), in("TestStreaming", "HTTP's own chunks around it"), in("TestKeysEscapedDifferently")},
		elsewhere: "the SDKs themselves are in test/clients"},
	{number: "2.23", what: "twice, without an end, without a length, of the wrong digest", by: []proof{in("TestPresignedV4", "two dates", "two signatures", "a parameter once more in disguise"), in("TestHeaderSignedV4", "two authorizations"), in("TestStreaming", "no last chunk", "no trailer"), in("TestMalformedRequests", "a PUT of no length"), in("TestHeaderSignedV2", "a stream in chunks"), in("TestDeleteObjects", "a wrong digest", "a wrong checksum")}},
	{number: "2.24", what: "a completion that is repeated", by: []proof{in("TestCompleteMultipartUpload", "again", "again with other parts"), in("TestHistoriesAreLinearizable"), inPackage("internal/object", "TestAcknowledgedChangesSurviveACrashWhole")},
		elsewhere: "a crash is simulated below the protocol"},
	{number: "2.25", what: "Expect: 100-continue", by: []proof{in("TestExpectContinue")}},
	{number: "2.26", what: "metadata in lower case, aws-chunked not kept, quiet deletions", by: []proof{in("TestMetadataNamesAreInLowerCaseOnTheWire"), in("TestTheEncodingOfTheStreamIsNotTheObjects"), in("TestDeleteObjects", "quietly")}},
	{number: "2.27", what: "authentication in a header", by: []proof{in("TestHeaderSignedV4", "by a clock that is twenty minutes behind", "the payload changed", "no credential"), in("TestChecksums", "a wrong digest", "a short digest"), in("TestMalformedRequests", "a PUT cut off"), in("TestBuckets", "PATCH")}},
	{number: "2.28", what: "several ranges, control characters", by: []proof{in("TestRanges", "several"), in("TestControlCharactersInLists")}},

	{number: "3.1", what: "an unsigned copy source", by: []proof{in("TestPresignedV4", "a copy source added", "a copy source hoisted"), in("TestTheMatrix")}},
	{number: "3.2", what: "an unsigned trailer behind credentials in the query", by: []proof{in("TestStreaming", "signed in the query with another secret"), in("TestTheMatrix")}},
	{number: "3.3", what: "a way to authenticate that one operation does not know", by: []proof{in("TestTheMatrix"), in("TestEveryOperationHasARequest"), in("TestEveryPayloadModeIsInTheMatrix")}},
	{number: "3.4", what: "streams that are not verified", by: []proof{in("TestStreaming", "another secret", "the data changed", "the trailer's value changed"), in("TestTheMatrix")}},
	{number: "3.5", what: "a form's own bucket", by: []proof{in("TestForms", "a bucket field does not override the address")}},
	{number: "3.6", what: "a form to a reserved place", by: []proof{in("TestForms", "a form to the program's own place")}},
	{number: "3.7", what: "conditions of forms that are not enforced", by: []proof{in("TestForms", "too large", "another key", "a content type that begins wrong", "truncated in the file"), in("TestTheMatrix")}},
	{number: "3.8", what: "dots in paths, copy sources and form keys", by: []proof{in("TestOddKeys"), in("TestPresignedV4", "a key that dots make the same"), in("TestCopiesReadTheirSource"), in("TestForms", "dots out of the prefix stay in the key", "a file's name with dots")}},
	{number: "3.9", what: "parts copied from a source that may not be read", by: []proof{in("TestCopiesReadTheirSource", "a part"), in("TestRightsOfUsers", "whoever may not read the source copies nothing")}},
	{number: "3.10", what: "a URL for an object that opens administration", by: []proof{in("TestURLsDoNotOpenTheProgram"), in("TestWhatGovernsUsersIsClosed", "presigned for S3")}},
	{number: "3.11", what: "denial that permits, keys that make stronger ones", by: []proof{in("TestRightsOfUsers", "nothing but what is denied"), in("TestWhatGovernsUsersIsClosed", "by who has no such right"), inPackage("internal/access", "TestAddingADenyNeverPermitsMore"), inPackage("internal/access", "TestSessionPoliciesOnlyLimit"), inPackage("internal/iam", "TestSessionsOfUsersCannotMakeMore")}},
	{number: "3.12", what: "a secret that is built in", by: []proof{in("TestNoKeyIsBuiltIn"), inPackage("internal/server", "TestTwoServersMakeDifferentKeys")}},
	{number: "3.13", what: "IAM without authentication", by: []proof{in("TestWhatGovernsUsersIsClosed", "unsigned", "with another secret")}},
	{number: "3.14", what: "an address that a header names", by: []proof{in("TestPoliciesSeeHowARequestIsSigned", "another address that a header names"), inPackage("internal/front", "TestForwardedAddressesAreBelievedOfTrustedProxiesOnly")}},
	{number: "3.15", what: "uploads that run as pages of the console", elsewhere: "there is no console: pages that hold rights are on no address that objects are served from"},
	{number: "3.16", what: "conditions that tell what is there", by: []proof{in("TestEverythingIsPrivate", "a condition that would tell what is there", "a range that would tell its size"), in("TestRightsOfUsers", "what is not there, on a condition, to who may not")}},
	{number: "3.17", what: "headers that become the program's own metadata", by: []proof{in("TestOtherHeadersAreNotKept")}},
	{number: "3.18", what: "a token without an algorithm", by: []proof{in("TestSessionTokens", "one without an algorithm"), proof{"../../internal/oidc", "TestOnlyTheIssuersKeysAndTheirAlgorithmsCount", []string{"of no algorithm"}}}},
	{number: "3.19", what: "a date that is none", by: []proof{in("TestPresignedV4", "a date that is none"), in("TestHeaderSignedV4", "a date that is none"), in("TestHeaderSignedV2", "a date that is none")}},
	{number: "3.20", what: "a request of Version 2 that is sent again later", by: []proof{in("TestHeaderSignedV2", "by a clock that is twenty minutes behind", "an old date of Amazon's own beside a new one", "no date"), in("TestTheMatrix")}},
	{number: "3.21", what: "signatures that are compared slowly or late", by: []proof{in("TestRefusalsComeBeforeTheBody")},
		elsewhere: "how long a comparison takes cannot be told over a network; signatures have no other comparison than a constant one"},
	{number: "3.22", what: "a and a/b beside each other", by: []proof{in("TestKeysThatLookAlike")}},
	{number: "3.23", what: "a full disk", by: []proof{inPackage("internal/object", "TestFullDiskRefusesPutsAndLosesNothing"), inPackage("internal/object", "TestFullDiskRefusesDeleteMarkersButNotDeletesOfVersions"), inPackage("internal/identity", "TestAFullDiskStillTakesRightsAway")},
		elsewhere: "no client can fill a server's disk in seconds; these fill a simulated one"},
}

// Every behaviour has a test that is there, with the rows that it is said to have.
func TestEveryBehaviourHasATest(t *testing.T) {
	const presigned, mistakes = 28, 23
	var want []string
	for i := range presigned {
		want = append(want, fmt.Sprintf("2.%d", i+1))
	}
	for i := range mistakes {
		want = append(want, fmt.Sprintf("3.%d", i+1))
	}
	tests := map[string]map[string]map[string]bool{} // by folder, test and text
	for i, b := range behaviours {
		if i >= len(want) || b.number != want[i] {
			t.Fatalf("behaviour %s is at place %d", b.number, i)
		}
		if len(b.by) == 0 && b.elsewhere == "" {
			t.Errorf("%s, %s, has no test and no reason", b.number, b.what)
		}
		for _, p := range b.by {
			dir := p.dir
			if dir == "" {
				dir = "."
			}
			if tests[dir] == nil {
				tests[dir] = textsOfTests(t, dir)
			}
			texts, there := tests[dir][p.test]
			if !there {
				t.Errorf("%s, %s: there is no %s in %s", b.number, b.what, p.test, dir)
				continue
			}
			for _, row := range p.rows {
				if !texts[row] {
					t.Errorf("%s, %s: %s has no row %q", b.number, b.what, p.test, row)
				}
			}
		}
	}
	if len(behaviours) != len(want) {
		t.Errorf("there are %d behaviours, want %d", len(behaviours), len(want))
	}
}

// textsOfTests returns the texts in each test of a folder, its own names of rows
// among them.
func textsOfTests(t *testing.T, dir string) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				tests[f.Name.Name] = textsIn(f)
			}
		}
	}
	return tests
}

// textsIn returns the texts that stand in a piece of source.
func textsIn(n ast.Node) map[string]bool {
	texts := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			if value, err := strconv.Unquote(text.Value); err == nil {
				texts[value] = true
			}
		}
		return true
	})
	return texts
}
