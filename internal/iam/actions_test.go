package iam

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
)

// examples are parameters for each action of IAM. Capital letters alone stand for
// a document D, a trust policy T, an access key K, and the ARNs of a user U, a
// policy P and a provider O.
var examples = map[string]string{
	"CreateUser": "UserName=new", "GetUser": "UserName=u", "ListUsers": "", "UpdateUser": "UserName=u NewUserName=v", "DeleteUser": "UserName=u",
	"CreateGroup": "GroupName=new", "GetGroup": "GroupName=g", "ListGroups": "", "UpdateGroup": "GroupName=g NewGroupName=h", "DeleteGroup": "GroupName=g",
	"ListGroupsForUser": "UserName=u", "AddUserToGroup": "GroupName=g UserName=u", "RemoveUserFromGroup": "GroupName=g UserName=u",
	"CreateRole": "RoleName=new AssumeRolePolicyDocument=T", "GetRole": "RoleName=r", "ListRoles": "", "UpdateRole": "RoleName=r",
	"UpdateRoleDescription": "RoleName=r Description=d", "UpdateAssumeRolePolicy": "RoleName=r PolicyDocument=T", "DeleteRole": "RoleName=r",
	"CreatePolicy": "PolicyName=new PolicyDocument=D", "GetPolicy": "PolicyArn=P", "ListPolicies": "", "DeletePolicy": "PolicyArn=P", "ListEntitiesForPolicy": "PolicyArn=P",
	"CreatePolicyVersion": "PolicyArn=P PolicyDocument=D", "GetPolicyVersion": "PolicyArn=P VersionId=v1", "ListPolicyVersions": "PolicyArn=P",
	"SetDefaultPolicyVersion": "PolicyArn=P VersionId=v1", "DeletePolicyVersion": "PolicyArn=P VersionId=v2",
	"CreateAccessKey": "UserName=u", "ListAccessKeys": "UserName=u", "UpdateAccessKey": "UserName=u AccessKeyId=K Status=Active", "DeleteAccessKey": "UserName=u AccessKeyId=K",
	"GetAccessKeyLastUsed":        "AccessKeyId=K",
	"CreateOpenIDConnectProvider": "Url=https://new.example.com", "GetOpenIDConnectProvider": "OpenIDConnectProviderArn=O", "ListOpenIDConnectProviders": "",
	"AddClientIDToOpenIDConnectProvider": "OpenIDConnectProviderArn=O ClientID=a", "RemoveClientIDFromOpenIDConnectProvider": "OpenIDConnectProviderArn=O ClientID=a",
	"UpdateOpenIDConnectProviderThumbprint": "OpenIDConnectProviderArn=O", "DeleteOpenIDConnectProvider": "OpenIDConnectProviderArn=O",
	"SimulatePrincipalPolicy": "PolicySourceArn=U ActionNames.member.1=s3:GetObject",
	"GetAccountSummary":       "", "GetAccountAuthorizationDetails": "", "CreateAccount": "AccountName=new", "ListAccounts": "", "GetAccount": "",
	"PutUserPermissionsBoundary": "UserName=u PermissionsBoundary=P", "PutRolePermissionsBoundary": "RoleName=r PermissionsBoundary=P",
	"DeleteUserPermissionsBoundary": "UserName=u", "DeleteRolePermissionsBoundary": "RoleName=r",
	"PutUserPolicy": "UserName=u PolicyName=new PolicyDocument=D", "GetUserPolicy": "UserName=u PolicyName=i", "DeleteUserPolicy": "UserName=u PolicyName=i", "ListUserPolicies": "UserName=u",
	"PutGroupPolicy": "GroupName=g PolicyName=new PolicyDocument=D", "GetGroupPolicy": "GroupName=g PolicyName=i", "DeleteGroupPolicy": "GroupName=g PolicyName=i", "ListGroupPolicies": "GroupName=g",
	"PutRolePolicy": "RoleName=r PolicyName=new PolicyDocument=D", "GetRolePolicy": "RoleName=r PolicyName=i", "DeleteRolePolicy": "RoleName=r PolicyName=i", "ListRolePolicies": "RoleName=r",
	"AttachUserPolicy": "UserName=u PolicyArn=P", "DetachUserPolicy": "UserName=u PolicyArn=P", "ListAttachedUserPolicies": "UserName=u",
	"AttachGroupPolicy": "GroupName=g PolicyArn=P", "DetachGroupPolicy": "GroupName=g PolicyArn=P", "ListAttachedGroupPolicies": "GroupName=g",
	"AttachRolePolicy": "RoleName=r PolicyArn=P", "DetachRolePolicy": "RoleName=r PolicyArn=P", "ListAttachedRolePolicies": "RoleName=r",
	"TagUser": "UserName=u Tags.member.1.Key=k Tags.member.1.Value=v", "UntagUser": "UserName=u TagKeys.member.1=k", "ListUserTags": "UserName=u",
	"TagRole": "RoleName=r Tags.member.1.Key=k Tags.member.1.Value=v", "UntagRole": "RoleName=r TagKeys.member.1=k", "ListRoleTags": "RoleName=r",
	"TagPolicy": "PolicyArn=P Tags.member.1.Key=k Tags.member.1.Value=v", "UntagPolicy": "PolicyArn=P TagKeys.member.1=k", "ListPolicyTags": "PolicyArn=P",
	"TagOpenIDConnectProvider":   "OpenIDConnectProviderArn=O Tags.member.1.Key=k Tags.member.1.Value=v",
	"UntagOpenIDConnectProvider": "OpenIDConnectProviderArn=O TagKeys.member.1=k", "ListOpenIDConnectProviderTags": "OpenIDConnectProviderArn=O",
	"ListAccountAliases": "", "ListInstanceProfilesForRole": "RoleName=r", "ListMFADevices": "UserName=u", "ListVirtualMFADevices": "",
	"ListSSHPublicKeys": "UserName=u", "ListSigningCertificates": "UserName=u", "ListServiceSpecificCredentials": "UserName=u",
	"GetLoginProfile": "UserName=u", "DeleteLoginProfile": "UserName=u",
}

// fill returns the pairs of an example with values in the place of their letters.
func fill(example string, values map[string]string) (pairs []string) {
	for _, pair := range strings.Fields(example) {
		name, value, _ := strings.Cut(pair, "=")
		if v, ok := values[value]; ok {
			value = v
		}
		pairs = append(pairs, name, value)
	}
	return pairs
}

// TestEveryActionNeedsItsPermission asks for each action three times: without the
// permission, with every other one, and with it alone.
func TestEveryActionNeedsItsPermission(t *testing.T) {
	s := newStack(t)
	nobody := s.user(t, "nobody", "")
	key := s.user(t, "u", "")
	s.must(t, rootKeys, "CreateGroup", "GroupName", "g")
	s.must(t, rootKeys, "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusting("*"))
	s.must(t, rootKeys, "CreatePolicy", "PolicyName", "p", "PolicyDocument", allowing("s3:GetObject"))
	s.must(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://id.example.com")
	s.must(t, rootKeys, "CreateUser", "UserName", "caller")
	caller := credentials(s.must(t, rootKeys, "CreateAccessKey", "UserName", "caller"))
	values := map[string]string{
		"D": allowing("s3:GetObject"), "T": trusting("*"), "K": key.AccessKeyID,
		"U": "arn:aws:iam::" + s.account + ":user/u",
		"P": "arn:aws:iam::" + s.account + ":policy/p",
		"O": "arn:aws:iam::" + s.account + ":oidc-provider/id.example.com",
	}
	seen := 0
	for _, a := range actions() {
		if a.service != iamService {
			continue
		}
		example, ok := examples[a.name]
		if !ok {
			t.Errorf("%s has no example", a.name)
			continue
		}
		seen++
		t.Run(a.name, func(t *testing.T) {
			pairs := fill(example, values)
			if got := s.call(t, nobody, a.name, pairs...); got.code != "AccessDenied" || !strings.Contains(got.message, "not authorized to perform: "+a.policy+" on resource: ") {
				t.Errorf("without a permission: %s %s", got.code, got.message)
			}
			others := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"` + a.policy + `","Resource":"*"}]}`
			s.must(t, rootKeys, "PutUserPolicy", "UserName", "caller", "PolicyName", "own", "PolicyDocument", others)
			if got := s.call(t, caller, a.name, pairs...); got.code != "AccessDenied" {
				t.Errorf("with other permissions: %d %s", got.status, got.code)
			}
			s.must(t, rootKeys, "PutUserPolicy", "UserName", "caller", "PolicyName", "own", "PolicyDocument", allowing(a.policy))
			got := s.call(t, caller, a.name, pairs...)
			// What there is not cannot be done, which only who is allowed to learns.
			if got.status != 200 && !slices.Contains([]string{"NoSuchEntity", "DeleteConflict"}, got.code) {
				t.Errorf("with the permission: %d %s %s", got.status, got.code, got.message)
			}
			restore(t, s, a.name)
		})
	}
	if seen != len(examples) {
		t.Errorf("%d examples for %d actions", len(examples), seen)
	}
}

// restore brings back what an action deleted or renamed.
func restore(t *testing.T, s *stack, name string) {
	t.Helper()
	switch name {
	case "UpdateUser":
		s.must(t, rootKeys, "UpdateUser", "UserName", "v", "NewUserName", "u")
	case "UpdateGroup":
		s.must(t, rootKeys, "UpdateGroup", "GroupName", "h", "NewGroupName", "g")
	case "DeleteGroup":
		s.must(t, rootKeys, "CreateGroup", "GroupName", "g")
	case "DeleteRole":
		s.must(t, rootKeys, "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusting("*"))
	case "DeletePolicy":
		s.must(t, rootKeys, "CreatePolicy", "PolicyName", "p", "PolicyDocument", allowing("s3:GetObject"))
	case "DeleteOpenIDConnectProvider":
		s.must(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://id.example.com")
	case "DeleteAccessKey":
		s.must(t, rootKeys, "CreateAccessKey", "UserName", "u")
	case "AddUserToGroup":
		s.must(t, rootKeys, "RemoveUserFromGroup", "UserName", "u", "GroupName", "g")
	}
}

// TestNoActionReachesAnotherAccount asks for each action as the root user of
// another account, whom everything there is allowed.
func TestNoActionReachesAnotherAccount(t *testing.T) {
	s := newStack(t)
	other := credentials(s.must(t, rootKeys, "CreateAccount", "AccountName", "other"))
	key := s.user(t, "u", allowing("s3:*"))
	s.must(t, rootKeys, "CreateGroup", "GroupName", "g")
	s.must(t, rootKeys, "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusting("*"))
	s.must(t, rootKeys, "CreatePolicy", "PolicyName", "p", "PolicyDocument", allowing("s3:GetObject"))
	s.must(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://id.example.com")
	before := s.must(t, rootKeys, "GetAccountAuthorizationDetails")
	values := map[string]string{
		"D": allowing("s3:GetObject"), "T": trusting("*"), "K": key.AccessKeyID,
		"U": "arn:aws:iam::" + s.account + ":user/u",
		"P": "arn:aws:iam::" + s.account + ":policy/p",
		"O": "arn:aws:iam::" + s.account + ":oidc-provider/id.example.com",
	}
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		got := s.call(t, other, name, fill(examples[name], values)...)
		for _, secret := range []string{"arn:aws:iam::" + s.account, key.AccessKeyID} {
			if got.status == 200 && strings.Contains(got.body, secret) {
				t.Errorf("%s tells of another account: %s", name, got.body)
			}
		}
	}
	after := s.must(t, rootKeys, "GetAccountAuthorizationDetails")
	strip := func(document string) string { d, _, _ := strings.Cut(document, "<ResponseMetadata>"); return d }
	if strip(after) != strip(before) {
		t.Errorf("another account changed this one: %s, was %s", after, before)
	}
	if keys := s.must(t, rootKeys, "ListAccessKeys", "UserName", "u"); element(keys, "AccessKeyId") != key.AccessKeyID || element(keys, "Status") != "Active" {
		t.Errorf("another account changed keys: %s", keys)
	}
}

func TestTheTableRefusesIncompleteActions(t *testing.T) {
	handle := func(context.Context, *request) (any, error) { return nil, nil }
	whole := action{name: "A", service: iamService, policy: "iam:A", handle: handle}
	for name, change := range map[string]func(*action){
		"no name":              func(a *action) { a.name = "" },
		"no service":           func(a *action) { a.service = service{} },
		"no handler":           func(a *action) { a.handle = nil },
		"no permission":        func(a *action) { a.policy = "" },
		"open with permission": func(a *action) { a.open = true },
		"strange permission":   func(a *action) { a.policy = "A" },
	} {
		a := whole
		change(&a)
		if _, err := newTable([]*action{&a}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := newTable([]*action{&whole, &whole}); err == nil {
		t.Error("twice: no error")
	}
	if table, err := newTable([]*action{&whole}); err != nil || len(table) != 1 {
		t.Errorf("%v, %v", table, err)
	}
}

// TestAChangeIsOfWhatWasDecidedOn changes a user between the decision and the
// write.
func TestAChangeIsOfWhatWasDecidedOn(t *testing.T) {
	for name, meanwhile := range map[string]func(*testing.T, *stack){
		"made again": func(t *testing.T, s *stack) {
			s.must(t, rootKeys, "DeleteUser", "UserName", "u")
			s.must(t, rootKeys, "CreateUser", "UserName", "u")
		},
		"moved": func(t *testing.T, s *stack) {
			s.must(t, rootKeys, "UpdateUser", "UserName", "u", "NewPath", "/admin/")
		},
		"tagged": func(t *testing.T, s *stack) {
			s.must(t, rootKeys, "TagUser", "UserName", "u", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v")
		},
		"unbounded": func(t *testing.T, s *stack) { s.must(t, rootKeys, "DeleteUserPermissionsBoundary", "UserName", "u") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t)
			s.must(t, rootKeys, "CreateUser", "UserName", "u")
			s.must(t, rootKeys, "PutUserPermissionsBoundary", "UserName", "u", "PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3FullAccess")
			slow := *s.handler.actions[actionKey{iamService, "PutUserPolicy"}]
			s.handler.actions[actionKey{iamService, "Slow"}] = &slow
			slow.handle = func(ctx context.Context, r *request) (any, error) {
				meanwhile(t, s)
				return putInlinePolicy(ctx, r)
			}
			got := s.call(t, rootKeys, "Slow", "UserName", "u", "PolicyName", "p", "PolicyDocument", allowing("*"))
			if got.status != 409 || got.code != "ConcurrentModification" {
				t.Errorf("%d %s", got.status, got.body)
			}
			if list := s.must(t, rootKeys, "ListUserPolicies", "UserName", "u"); strings.Contains(list, "<member>") {
				t.Errorf("%s", list)
			}
		})
	}
}
