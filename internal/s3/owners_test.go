package s3

import (
	"fmt"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/access"
)

// Wherever an account is shown, so is its name.
func TestOwnersHaveNames(t *testing.T) {
	w := newWorld(t, legacy)
	w.user("ann", mainAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.must("main", "PUT /box", "", "X-Amz-Acl: public-read-write")
	w.must("main", "PUT /box?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	w.must("main", "PUT /box/k", "hello", `X-Amz-Grant-Read: id="`+canonicalIDs[altAccount]+`"`)
	w.must("alt", "PUT /box/theirs", "hello")
	w.must("main", "DELETE /box/k")
	w.do("", ask{what: "PUT /box/nobodys", body: "hello"})
	upload := between(w.must("main", "POST /box/up?uploads"), "UploadId")
	users := between(w.must("ann", "POST /box/users?uploads"), "UploadId")
	owner := func(element, account string) string {
		return "<" + element + "><ID>" + canonicalIDs[account] + "</ID><DisplayName>" + strings.Replace(displayNames[canonicalIDs[account]], "&", "&amp;", 1) + "</DisplayName></" + element + ">"
	}
	main, alt := owner("Owner", mainAccount), owner("Owner", altAccount)
	const ann = "<Initiator><ID>arn:aws:iam::" + mainAccount + ":user/ann</ID><DisplayName>ann</DisplayName></Initiator>"
	grantee := "<ID>" + canonicalIDs[altAccount] + "</ID><DisplayName>alt</DisplayName></Grantee>"
	anonymous := "<Owner><ID>" + anonymousOwner.CanonicalID + "</ID></Owner>"
	for what, want := range map[string][]string{
		"GET /":                                 {main},
		"GET /box":                              {alt, anonymous},
		"GET /box?list-type=2&fetch-owner=true": {alt, anonymous},
		"GET /box?versions":                     {main, alt},
		"GET /box?acl":                          {main},
		"GET /box/theirs?acl":                   {alt},
		"GET /box?uploads":                      {main, owner("Initiator", mainAccount), ann},
		"GET /box/up?uploadId=" + upload:        {main, owner("Initiator", mainAccount)},
		"GET /box/users?uploadId=" + users:      {main, ann},
	} {
		who := "main"
		if strings.Contains(what, "theirs") {
			who = "alt"
		}
		body := w.must(who, what)
		for _, piece := range want {
			if !strings.Contains(body, piece) {
				t.Errorf("%s lacks %s:\n%s", what, piece, body)
			}
		}
	}
	w.must("main", "PUT /box/k2", "hello", `X-Amz-Grant-Read: id="`+canonicalIDs[altAccount]+`"`)
	list := w.must("main", "GET /box/k2?acl")
	if !strings.Contains(list, grantee) {
		t.Errorf("the list lacks %s:\n%s", grantee, list)
	}
	w.must("main", "PUT /box/k2?acl", list) // it can be put back
	if strings.Contains(w.must("main", "GET /box?list-type=2"), "<Owner>") {
		t.Error("the second version of lists shows owners unasked")
	}
}

// The principal that began an upload may list its parts and abort it without a policy
// that says so. A deny, and what limits the principal, still count.
func TestTheInitiatorOfAnUpload(t *testing.T) {
	const puts = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`
	w := newWorld(t, nil)
	w.user("ann", mainAccount, policy(puts))
	w.user("bob", mainAccount, policy(puts))
	w.user("denied", mainAccount, policy(puts, `{"Effect":"Deny","Action":["s3:AbortMultipartUpload","s3:ListMultipartUploadParts"],"Resource":"*"}`))
	w.user("carol", altAccount, policy(puts))
	limited := w.people["ann"]
	limited.ID, limited.Name = "AIDALIMITED", "limited"
	putsOnly, err := access.ParsePolicy([]byte(policy(puts)), access.IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	limited.Boundary = putsOnly
	w.session("session", "uploader", "AROAUPLOADERXXXXXXXXX")
	session := w.people["session"]
	session.Policies = []*access.Policy{putsOnly}
	w.people["session"] = session
	w.session("other", "uploader", "AROAUPLOADERXXXXXXXXX")
	w.people["limited"] = limited
	narrowed := w.people["ann"] // a session of ann's that may only put
	narrowed.Session = []*access.Policy{putsOnly}
	w.people["narrowed"] = narrowed
	again := w.people["ann"] // a user of that name that was made later
	again.ID = "AIDAANNAGAIN"
	w.people["again"] = again

	w.must("main", "PUT /box")
	w.must("main", "PUT /box?policy", policy(`{"Effect":"Allow","Principal":{"AWS":"`+altAccount+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::box/*"}`))
	for _, tt := range []struct {
		began   string
		allowed []string
		refused []string
	}{
		{"ann", []string{"ann", "main"}, []string{"bob", "denied", "carol", "alt", "again", "narrowed", ""}},
		{"denied", []string{"main"}, []string{"denied", "ann"}},
		{"limited", []string{"main"}, []string{"limited", "ann"}},
		// Another account's user, and the root of its account.
		{"carol", []string{"carol", "alt", "main"}, []string{"ann", "bob"}},
		{"session", []string{"session", "main"}, []string{"ann", "other"}},
		{"main", []string{"main"}, []string{"ann", "alt"}},
	} {
		for _, who := range append(append([]string{}, tt.refused...), tt.allowed...) {
			id := between(w.must(tt.began, "POST /box/k?uploads"), "UploadId")
			w.must(tt.began, "PUT /box/k?partNumber=1&uploadId="+id, "hello")
			want := "AccessDenied"
			for _, allowed := range tt.allowed {
				if who == allowed {
					want = ""
				}
			}
			for _, method := range []string{"GET", "DELETE"} {
				if a := w.do(who, ask{what: method + " /box/k?uploadId=" + id}); a.code != want {
					t.Errorf("%s of the upload that %s began, by %q: %d %s, want %q", method, tt.began, who, a.status, a.code, want)
				}
			}
			// It is about that upload only.
			if who != "main" {
				w.try("AccessDenied", who, "GET /box?uploads")
				w.try("AccessDenied", who, fmt.Sprintf("GET /box/k?uploadId=%048x", 1))
			}
		}
	}
}
