package iam

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts returns the texts of all elements of that name in a document.
func texts(t *testing.T, document, name string) (all []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if err := d.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
	}
}

// TestPagesOfEveryListMakeTheWhole walks lists with pages of two.
func TestPagesOfEveryListMakeTheWhole(t *testing.T) {
	s := newStack(t)
	const count = 5
	policy := "arn:aws:iam::" + s.account + ":policy/p0"
	s.must(t, rootKeys, "CreateUser", "UserName", "all")
	s.must(t, rootKeys, "CreateRole", "RoleName", "all", "AssumeRolePolicyDocument", trusting("*"))
	var names, attached []string
	for i := range count {
		n := strconv.Itoa(i)
		names, attached = append(names, "p"+n), append(attached, "arn:aws:iam::"+s.account+":policy/p"+n)
		s.must(t, rootKeys, "CreatePolicy", "PolicyName", "p"+n, "PolicyDocument", allowing("s3:GetObject"))
		s.must(t, rootKeys, "CreateUser", "UserName", "p"+n, "Path", "/p/")
		s.must(t, rootKeys, "CreateGroup", "GroupName", "p"+n)
		s.must(t, rootKeys, "CreateRole", "RoleName", "p"+n, "Path", "/p/", "AssumeRolePolicyDocument", trusting("*"))
		s.must(t, rootKeys, "AttachRolePolicy", "RoleName", "all", "PolicyArn", "arn:aws:iam::"+s.account+":policy/p"+n)
		s.must(t, rootKeys, "AttachGroupPolicy", "GroupName", "p"+n, "PolicyArn", policy)
		s.must(t, rootKeys, "AddUserToGroup", "GroupName", "p"+n, "UserName", "all")
		s.must(t, rootKeys, "AddUserToGroup", "GroupName", "p0", "UserName", "p"+n)
		s.must(t, rootKeys, "PutUserPolicy", "UserName", "all", "PolicyName", "p"+n, "PolicyDocument", allowing("s3:GetObject"))
		s.must(t, rootKeys, "TagUser", "UserName", "all", "Tags.member.1.Key", "p"+n, "Tags.member.1.Value", "x")
		s.must(t, rootKeys, "CreateAccount", "AccountName", "p"+n)
	}
	for _, tt := range []struct {
		action, element string
		pairs           []string
		want            []string
	}{
		{"ListUsers", "UserName", []string{"PathPrefix", "/p/"}, names},
		{"ListGroups", "GroupName", nil, names},
		{"ListRoles", "RoleName", []string{"PathPrefix", "/p/"}, names},
		{"ListPolicies", "PolicyName", []string{"Scope", "Local"}, names},
		{"ListAttachedRolePolicies", "PolicyArn", []string{"RoleName", "all"}, attached},
		{"ListUserPolicies", "member", []string{"UserName", "all"}, names},
		{"ListGroupsForUser", "GroupName", []string{"UserName", "all"}, names},
		{"ListUserTags", "Key", []string{"UserName", "all"}, names},
		{"ListEntitiesForPolicy", "GroupName", []string{"PolicyArn", policy, "EntityFilter", "Group"}, names},
		{"ListAccounts", "Name", nil, append(slices.Clone(names), "root")},
		// The group itself is in each page.
		{"GetGroup", "UserName", []string{"GroupName", "p0"}, append([]string{"all"}, names...)},
	} {
		t.Run(tt.action, func(t *testing.T) {
			var got []string
			marker := ""
			for pages := 0; ; pages++ {
				if pages > count {
					t.Fatal("the pages don't end")
				}
				pairs := append([]string{"MaxItems", "2"}, tt.pairs...)
				if marker != "" {
					pairs = append(pairs, "Marker", marker)
				}
				answer := s.must(t, rootKeys, tt.action, pairs...)
				found := texts(t, answer, tt.element)
				if len(found) > 2 {
					t.Fatalf("a page of %d", len(found))
				}
				got = append(got, found...)
				marker = element(answer, "Marker")
				if truncated := element(answer, "IsTruncated"); truncated != strconv.FormatBool(marker != "") {
					t.Fatalf("IsTruncated %s with Marker %q", truncated, marker)
				}
				if marker == "" {
					break
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tt.want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetailsComeInPages(t *testing.T) {
	s := newStack(t)
	for i := range 3 {
		s.must(t, rootKeys, "CreateUser", "UserName", fmt.Sprint("u", i))
		s.must(t, rootKeys, "CreateGroup", "GroupName", fmt.Sprint("g", i))
		s.must(t, rootKeys, "CreateRole", "RoleName", fmt.Sprint("r", i), "AssumeRolePolicyDocument", trusting("*"))
		s.must(t, rootKeys, "CreatePolicy", "PolicyName", fmt.Sprint("p", i), "PolicyDocument", allowing("s3:GetObject"))
	}
	for size := 1; size < 20; size++ {
		var got []string
		pairs := []string{"MaxItems", strconv.Itoa(size)}
		for {
			answer := s.must(t, rootKeys, "GetAccountAuthorizationDetails", pairs...)
			n := len(got)
			for _, name := range []string{"UserName", "GroupName", "RoleName"} {
				got = append(got, texts(t, answer, name)...)
			}
			got = append(got, texts(t, answer, "PolicyName")...)
			if n = len(got) - n; n > size {
				t.Fatalf("a page of %d, not %d", n, size)
			}
			marker := element(answer, "Marker")
			if marker == "" {
				break
			}
			pairs = []string{"MaxItems", strconv.Itoa(size), "Marker", marker}
		}
		want := []string{
			"AdministratorAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "IAMFullAccess", "IAMReadOnlyAccess",
			"g0", "g1", "g2", "p0", "p1", "p2", "r0", "r1", "r2", "u0", "u1", "u2",
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d: %s", size, diff)
		}
	}
}
