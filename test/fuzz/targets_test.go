// Package fuzz holds the table of what is fuzzed against the targets that there are,
// so that none is dropped with a file and none is added without a place in it.
// .ci/fuzz runs them.
package fuzz

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// targets are the fuzz targets by what they read, as FOLDER.NAME.
var targets = map[string][]string{
	"a whole request, of a stranger and of an owner": {
		"internal/s3.FuzzStranger", "internal/s3.FuzzOwner", "internal/s3.FuzzExplain", "internal/iam.FuzzStranger", "internal/iam.FuzzServeHTTP",
		"internal/auth.FuzzVerify", "internal/auth.FuzzTamper",
	},
	"the request's target and host": {
		"internal/auth/sigv4.FuzzParseTarget", "internal/auth/sigv4.FuzzSplitTarget", "internal/s3.FuzzLocate", "internal/s3.FuzzHost", "internal/s3.FuzzParseQuery", "internal/server.FuzzRoute",
		"internal/object.FuzzCheckBucketName", "internal/object.FuzzCheckKey",
	},
	"credentials of Signature Version 4": {
		"internal/auth/sigv4.FuzzParseAuthorization", "internal/auth/sigv4.FuzzParsePresigned", "internal/auth/sigv4.FuzzParseCredential",
		"internal/auth/sigv4.FuzzParseScope", "internal/auth/sigv4.FuzzParseSignature", "internal/auth/sigv4.FuzzParseSignedHeaders",
		"internal/auth.FuzzScanQuery",
	},
	"credentials of Signature Version 2": {"internal/auth/sigv2.FuzzParseAuthorization", "internal/auth/sigv2.FuzzQuery"},
	"what is signed": {
		"internal/auth/sigv4.FuzzCanonicalRequest", "internal/auth/sigv4.FuzzCanonicalPath", "internal/auth/sigv4.FuzzCanonicalQuery",
		"internal/auth/sigv4.FuzzCanonicalHeader", "internal/auth/sigv2.FuzzResource",
	},
	"dates":             {"internal/auth/sigv4.FuzzParseTime", "internal/auth/sigv2.FuzzParseDate", "internal/auth.FuzzHeaderDate"},
	"bodies in chunks":  {"internal/auth/awschunked.FuzzReader", "internal/auth.FuzzParsePayload"},
	"forms":             {"internal/s3.FuzzForm", "internal/s3.FuzzFormFile", "internal/auth.FuzzReadForm"},
	"policies of forms": {"internal/auth/postpolicy.FuzzParse", "internal/auth/postpolicy.FuzzCheck"},
	"bodies in XML": {
		"internal/s3.FuzzDecodeXML", "internal/s3.FuzzControlsSurviveTheDocument", "internal/s3.FuzzDeleteDocument", "internal/s3.FuzzCompleteMultipartUpload",
		"internal/s3.FuzzParseTagging", "internal/s3.FuzzParseCORS", "internal/s3.FuzzVersioningConfiguration", "internal/s3.FuzzListsInBodies",
	},
	"headers": {
		"internal/auth.FuzzReadFields",
		"internal/s3.FuzzRange", "internal/s3.FuzzParseRange", "internal/s3.FuzzParseDate", "internal/s3.FuzzReadConditions", "internal/object.FuzzConditions", "internal/object.FuzzETagMD5",
		"internal/s3.FuzzParseCopySource", "internal/s3.FuzzParseTagHeader", "internal/s3.FuzzListsInHeaders", "internal/s3.FuzzMetadataComesBack",
		"internal/checksum.FuzzDecode", "internal/front.FuzzForwarded",
	},
	"parameters": {
		"internal/s3.FuzzContinuationToken", "internal/s3.FuzzCount", "internal/s3.FuzzURLEncodingIsUndone", "internal/object.FuzzParseVersionID",
		"internal/object.FuzzUploadTime", "internal/object.FuzzList", "internal/object.FuzzListVersions", "internal/object.FuzzListUploads",
	},
	"documents in JSON": {"internal/strictjson.FuzzParse"},
	"policies": {
		"internal/access.FuzzParsePolicy", "internal/access.FuzzDecide", "internal/access.FuzzMatch", "internal/access.FuzzValues",
		"internal/access.FuzzSplitARN", "internal/access.FuzzCompileARN", "internal/access.FuzzPublic",
	},
	"requests to IAM and STS": {
		"internal/iam.FuzzParseParameters", "internal/iam.FuzzMarker", "internal/iam.FuzzParseRoleARN", "internal/identity.FuzzParseARN",
		"internal/identity.FuzzProviderURL", "internal/identity.FuzzNames",
	},
	"tokens":                     {"internal/identity.FuzzParseToken", "internal/oidc.FuzzToken", "internal/oidc.FuzzKeys", "internal/oidc.FuzzDiscovery"},
	"questions about a URL":      {"internal/control.FuzzQuestion"},
	"keys and records of object": {"internal/object.FuzzRecords", "internal/object.FuzzDocumentKey", "internal/object.FuzzHistoryKeys", "internal/object.FuzzParseUploadKey", "internal/s3.FuzzDecodeACL"},
	"keys and records of content": {
		"internal/content.FuzzRecords", "internal/content.FuzzManifest", "internal/content.FuzzParseGarbageKey", "internal/content.FuzzParsePartKey",
		"internal/content.FuzzParseSegmentKey", "internal/checksum.FuzzCombine",
	},
	"keys and records of identity": {"internal/identity.FuzzRecords", "internal/identity.FuzzParseAttachment", "internal/seal.FuzzOpen"},
	"files": {
		"internal/seal.FuzzParseKeys", "internal/server.FuzzParseRootEnv", "internal/server.FuzzParseFormat", "internal/blob/fileblob.FuzzFooter",
		"internal/blob/fileblob.FuzzParseMark",
		"internal/accesslog.FuzzAccessLine", "internal/accesslog.FuzzRotatingFile",
	},
	"configuration": {
		"internal/server.FuzzConfig", "internal/front.FuzzParseProxies", "internal/server.FuzzASizeThatIsReadShowsItself", "internal/limit.FuzzParseRate",
	},
	"the command line":   {"cmd/signet.FuzzParseExpires", "cmd/signet.FuzzParseObjectURI", "cmd/signet.FuzzParseEndpoint", "cmd/signet.FuzzContentDisposition"},
	"the public package": {".FuzzParse", ".FuzzPresign", ".FuzzEndpoint"},
}

// found returns the fuzz targets of the module as FOLDER.NAME, and whether they have
// seeds.
func found(t *testing.T) map[string]bool {
	t.Helper()
	const root = "../.."
	all := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		folder = strings.TrimPrefix(filepath.ToSlash(folder), ".")
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				all[folder+"."+f.Name.Name] = seeds(f)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// seeds reports whether a target adds any.
func seeds(f *ast.FuncDecl) (adds bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Add" {
				adds = true
			}
		}
		return true
	})
	return adds
}

func TestEachTargetIsInTheTableAndTheTableHasNoOther(t *testing.T) {
	there := found(t)
	listed := make(map[string]bool)
	for what, names := range targets {
		for _, name := range names {
			if listed[name] {
				t.Errorf("%s is in the table twice", name)
			}
			listed[name] = true
			if _, ok := there[name]; !ok {
				t.Errorf("%s are to be read by %s, which is not there", what, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !listed[name] {
			t.Errorf("%s is not in the table", name)
		}
		if !there[name] {
			t.Errorf("%s has no seeds", name)
		}
	}
}
