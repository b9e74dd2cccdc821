package iam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/identity"
)

// argument is a parameter of an action, and what it has to be. All arguments of a
// request are checked before anything is looked up and before it is decided on:
// a malformed argument is 400 even if the entity is unknown or the action not allowed.
type argument struct {
	name   string
	needed bool
	// check looks nothing up. It is asked whether or not the parameter came.
	check func(r *request, a *argument) error
}

// checkArguments holds the parameters to what the action takes. Parameters that the
// action does not know are ignored, as Amazon does.
func (r *request) checkArguments() error {
	for i := range r.action.takes {
		a := &r.action.takes[i]
		if err := a.check(r, a); err != nil {
			return err
		}
	}
	return nil
}

// need returns a as an argument that has to come.
func need(a argument) argument {
	a.needed = true
	return a
}

// text returns an argument of one value that is not empty, which valid judges.
func text(name string, valid func(r *request, value string) error) argument {
	return argument{name: name, check: func(r *request, a *argument) error {
		if !a.needed && !r.parameters.has(a.name) {
			return nil
		}
		value, err := r.parameters.required(a.name)
		if err != nil {
			return err
		}
		return valid(r, value)
	}}
}

// list returns an argument of up to most values, which valid judges.
func list(name string, most int, valid func(value string) error) argument {
	return argument{name: name, check: func(r *request, a *argument) error {
		values, err := r.parameters.list(a.name, most)
		if err != nil {
			return err
		}
		if a.needed && len(values) == 0 {
			return constraint("null", a.name, "Member must not be null")
		}
		for _, value := range values {
			if err := valid(value); err != nil {
				return err
			}
		}
		return nil
	}}
}

// read returns an argument that a method of request reads and judges.
func read[T any](name string, method func(*request) (T, error)) argument {
	return text(name, func(r *request, _ string) error {
		_, err := method(r)
		return err
	})
}

// structured returns an argument of several parameters, which a method of request
// reads and judges.
func structured[T any](name string, method func(*request) (T, error)) argument {
	return argument{name: name, check: func(r *request, _ *argument) error {
		_, err := method(r)
		return err
	}}
}

// known returns an argument that names what exists. Amazon looks for longer names of
// users than it makes.
func known(name string, most int) argument {
	return text(name, func(r *request, _ string) error {
		_, err := r.parameters.matching(name, 1, most, nameCharacters)
		return err
	})
}

// fresh returns an argument that names what is to be made; kind 0 is a policy.
func fresh(name string, k identity.Kind) argument {
	return text(name, func(_ *request, value string) error { return identity.CheckName(lowerFirst(name), value, k) })
}

func path(name string) argument {
	return text(name, func(_ *request, value string) error { return identity.CheckPath(lowerFirst(name), value) })
}

func number(name string, least, most int) argument {
	return text(name, func(r *request, _ string) error {
		_, err := r.parameters.number(name, least, most, 0)
		return err
	})
}

func boolean(name string) argument {
	return text(name, func(r *request, _ string) error {
		_, err := r.parameters.boolean(name)
		return err
	})
}

func choice(name string, values ...string) argument {
	return text(name, func(r *request, _ string) error {
		_, err := r.parameters.choice(name, values...)
		return err
	})
}

func matching(name string, least, most int, others string) argument {
	return text(name, func(r *request, _ string) error {
		_, err := r.parameters.matching(name, least, most, others)
		return err
	})
}

func document(name string, k access.PolicyKind) argument {
	return text(name, func(_ *request, value string) error { return identity.CheckPolicy(value, k) })
}

// managedARN returns an argument that is the ARN of a managed policy.
func managedARN(name string) argument {
	return text(name, func(_ *request, value string) error { return checkManagedARN(value) })
}

func checkManagedARN(arn string) error {
	account := arnAccount(arn)
	if account == "" || !strings.HasPrefix(arn, "arn:aws:iam::"+account+":policy/") {
		return because(errInput, "ARN %s is not valid.", strings.Trim(quoted(arn), "'"))
	}
	return nil
}

// tagsBy returns the argument Tags, whose keys are compared so.
func tagsBy(same sameKey) argument {
	return argument{name: "Tags", check: func(r *request, a *argument) error {
		tags, err := r.tags(same)
		if err != nil {
			return err
		}
		if a.needed && len(tags) == 0 {
			return constraint("null", a.name, "Member must not be null")
		}
		for _, t := range tags {
			if err := identity.CheckTag(t); err != nil {
				return err
			}
		}
		return nil
	}}
}

// tagKey holds a key of a tag to its rules.
func tagKey(key string) error { return identity.CheckTag(identity.Tag{Key: key}) }

// anything is for values that are compared with others only.
func anything(string) error { return nil }

// serviceAction holds an action of a simulation to its form.
func serviceAction(value string) error {
	if !strings.Contains(value, ":") {
		return invalidInput("Invalid Service Action: " + strings.Trim(quoted(value), "'"))
	}
	return nil
}

// inputs returns an argument of policies that a simulation brings along.
func inputs(name string, most int) argument {
	return argument{name: name, check: func(r *request, _ *argument) error {
		documents, err := r.parameters.list(name, most)
		for i, document := range documents {
			if err == nil {
				_, err = parseInput(document, access.IdentityPolicy, fmt.Sprintf("%s.%d", name, i+1))
			}
		}
		return err
	}}
}

// arguments returns what each action takes.
func arguments() map[string][]argument {
	const noKind = 0
	user, group, role := known("UserName", 128), known("GroupName", 128), known("RoleName", 64)
	policyName := known("PolicyName", 128)
	policyARN := managedARN("PolicyArn")
	boundary := managedARN("PermissionsBoundary")
	grants, trust := access.IdentityPolicy, access.TrustPolicy
	marker, items := read("Marker", firstOf((*request).page)), read("MaxItems", firstOf((*request).page))
	prefix := read("PathPrefix", (*request).pathPrefix)
	version := read("VersionId", (*request).versionID)
	description := argument{name: "Description", check: func(r *request, a *argument) error {
		if a.needed && !r.parameters.has(a.name) {
			return constraint("null", a.name, "Member must not be null")
		}
		return identity.CheckDescription(r.parameters.get(a.name))
	}}
	session := read("MaxSessionDuration", (*request).maxSession)
	keyID := matching("AccessKeyId", 3, 128, "-_.")
	provider := read("OpenIDConnectProviderArn", (*request).providerARN)
	clientID := func(id string) error { return identity.CheckProvider(identity.Provider{ClientIDs: []string{id}}) }
	oneClientID := need(text("ClientID", func(_ *request, id string) error { return clientID(id) }))
	thumbprints := list("ThumbprintList", maxThumbprints, func(t string) error {
		return identity.CheckProvider(identity.Provider{Thumbprints: []string{t}})
	})
	tags, exactTags := tagsBy(folded), tagsBy(exact)
	tagKeys := need(list("TagKeys", maxTags, tagKey))
	usage := read("PolicyUsageFilter", (*request).policyUse)
	accountID := text("AccountId", func(_ *request, id string) error {
		if !identity.CheckAccountID(id) {
			return constraint(quoted(id), "AccountId", "Member must be 12 digits")
		}
		return nil
	})

	all := map[string][]argument{
		"CreateUser":  {need(fresh("UserName", identity.KindUser)), path("Path"), boundary, tags},
		"CreateGroup": {need(fresh("GroupName", identity.KindGroup)), path("Path")},
		"CreateRole": {
			need(fresh("RoleName", identity.KindRole)), path("Path"), need(document("AssumeRolePolicyDocument", trust)),
			description, session, boundary, tags,
		},
		"GetUser": {user}, "DeleteUser": {need(user)}, "ListUsers": {prefix, marker, items},
		"UpdateUser": {need(user), fresh("NewUserName", identity.KindUser), path("NewPath")},
		"GetGroup":   {need(group), marker, items}, "DeleteGroup": {need(group)}, "ListGroups": {prefix, marker, items},
		"UpdateGroup":         {need(group), fresh("NewGroupName", identity.KindGroup), path("NewPath")},
		"ListGroupsForUser":   {need(user), marker, items},
		"AddUserToGroup":      {need(group), need(user)},
		"RemoveUserFromGroup": {need(group), need(user)},
		"GetRole":             {need(role)}, "DeleteRole": {need(role)}, "ListRoles": {prefix, marker, items},
		"UpdateRole":             {need(role), description, session},
		"UpdateRoleDescription":  {need(role), need(description)},
		"UpdateAssumeRolePolicy": {need(role), need(document("PolicyDocument", trust))},

		"CreatePolicy": {
			need(fresh("PolicyName", noKind)), path("Path"), need(document("PolicyDocument", grants)), description, exactTags,
		},
		"GetPolicy": {need(policyARN)}, "DeletePolicy": {need(policyARN)},
		"ListPolicies": {
			choice("Scope", "All", "AWS", "Local"), boolean("OnlyAttached"), prefix, usage, marker, items,
		},
		"ListEntitiesForPolicy":   {need(policyARN), read("EntityFilter", (*request).entityFilter), prefix, usage, marker, items},
		"CreatePolicyVersion":     {need(policyARN), need(document("PolicyDocument", grants)), boolean("SetAsDefault")},
		"GetPolicyVersion":        {need(policyARN), need(version)},
		"SetDefaultPolicyVersion": {need(policyARN), need(version)},
		"DeletePolicyVersion":     {need(policyARN), need(version)},
		"ListPolicyVersions":      {need(policyARN), marker, items},

		"CreateAccessKey": {user}, "ListAccessKeys": {user, marker, items},
		"UpdateAccessKey":      {user, need(keyID), need(choice("Status", keyActive, keyInactive))},
		"DeleteAccessKey":      {user, need(keyID)},
		"GetAccessKeyLastUsed": {need(keyID)},

		"CreateOpenIDConnectProvider": {
			need(text("Url", func(_ *request, url string) error {
				if !strings.HasPrefix(url, "https://") {
					return validationFailed("Invalid Open ID Connect Provider URL")
				}
				return identity.CheckProvider(identity.Provider{URL: url})
			})),
			list("ClientIDList", maxClientIDs, clientID), thumbprints, exactTags,
		},
		"GetOpenIDConnectProvider": {need(provider)}, "DeleteOpenIDConnectProvider": {need(provider)},
		"ListOpenIDConnectProviders":              {},
		"AddClientIDToOpenIDConnectProvider":      {need(provider), oneClientID},
		"RemoveClientIDFromOpenIDConnectProvider": {need(provider), oneClientID},
		"UpdateOpenIDConnectProviderThumbprint":   {need(provider), thumbprints},

		"GetAccountSummary":              {},
		"GetAccountAuthorizationDetails": {structured("Filter", (*request).detailParts), marker, items},
		"SimulatePrincipalPolicy": {
			need(read("PolicySourceArn", (*request).source)), need(list("ActionNames", maxSimulatedActions, serviceAction)),
			list("ResourceArns", maxSimulatedResources, anything), inputs("PolicyInputList", maxSimulatedPolicies),
			inputs("PermissionsBoundaryPolicyInputList", 1),
			text("ResourcePolicy", func(_ *request, value string) error {
				_, err := parseInput(value, access.BucketPolicy, "ResourcePolicy")
				return err
			}),
			structured("ContextEntries", (*request).simulatedKeys),
			marker, items,
		},
		"CreateAccount": {need(text("AccountName", func(_ *request, name string) error { return identity.CheckAccountName(name) }))},
		"ListAccounts":  {marker, items}, "GetAccount": {accountID},

		"ListAccountAliases": {marker, items}, "ListVirtualMFADevices": {marker, items},
		"ListInstanceProfilesForRole": {need(role), marker, items},
		"ListMFADevices":              {user, marker, items}, "ListSSHPublicKeys": {user, marker, items},
		"ListSigningCertificates": {user, marker, items}, "ListServiceSpecificCredentials": {user},
		"GetLoginProfile": {user}, "DeleteLoginProfile": {user},

		"TagPolicy": {need(policyARN), need(exactTags)}, "UntagPolicy": {need(policyARN), tagKeys}, "ListPolicyTags": {need(policyARN), marker, items},
		"TagOpenIDConnectProvider":   {need(provider), need(exactTags)},
		"UntagOpenIDConnectProvider": {need(provider), tagKeys}, "ListOpenIDConnectProviderTags": {need(provider), marker, items},
	}
	for _, k := range []struct {
		word  string
		named argument
	}{{"User", need(user)}, {"Group", need(group)}, {"Role", need(role)}} {
		all["Put"+k.word+"Policy"] = []argument{k.named, need(policyName), need(document("PolicyDocument", grants))}
		all["Get"+k.word+"Policy"] = []argument{k.named, need(policyName)}
		all["Delete"+k.word+"Policy"] = []argument{k.named, need(policyName)}
		all["List"+k.word+"Policies"] = []argument{k.named, marker, items}
		all["Attach"+k.word+"Policy"] = []argument{k.named, need(policyARN)}
		all["Detach"+k.word+"Policy"] = []argument{k.named, need(policyARN)}
		all["ListAttached"+k.word+"Policies"] = []argument{k.named, prefix, marker, items}
		if k.word == "Group" {
			continue
		}
		all["Put"+k.word+"PermissionsBoundary"] = []argument{k.named, need(boundary)}
		all["Delete"+k.word+"PermissionsBoundary"] = []argument{k.named}
		all["Tag"+k.word] = []argument{k.named, need(tags)}
		all["Untag"+k.word] = []argument{k.named, tagKeys}
		all["List"+k.word+"Tags"] = []argument{k.named, marker, items}
	}
	addSTSArguments(all, keyID, tags)
	return all
}

// addSTSArguments adds what the actions of STS take.
func addSTSArguments(all map[string][]argument, keyID, tags argument) {
	seconds := func(most int) argument { return number("DurationSeconds", leastSession, most) }
	session := []argument{
		text("Policy", func(_ *request, value string) error { return identity.CheckSessionPolicy(value) }),
		{name: "PolicyArns", check: func(r *request, _ *argument) error {
			_, arns, err := r.sessionPolicies()
			for _, arn := range arns {
				if err == nil && checkManagedARN(arn) != nil {
					err = validationFailed("ARN " + quoted(arn) + " is not valid.") // STS knows no InvalidInput of ARNs
				}
			}
			return err
		}},
	}
	role := []argument{
		need(text("RoleArn", func(_ *request, arn string) error {
			if _, ok := parseRoleARN(arn); !ok {
				return validationFailed(quoted(arn) + " is invalid")
			}
			return nil
		})),
		need(matching("RoleSessionName", 2, 64, nameCharacters)), seconds(mostRoleSession),
	}
	all["GetCallerIdentity"] = nil
	all["GetSessionToken"] = []argument{seconds(mostUserSession)}
	all["GetAccessKeyInfo"] = []argument{need(keyID)}
	all["GetFederationToken"] = slices.Concat([]argument{need(matching("Name", 2, 32, nameCharacters)), seconds(mostUserSession)}, session, []argument{tags})
	all["AssumeRole"] = slices.Concat(role, session, []argument{
		tags, list("TransitiveTagKeys", maxTags, tagKey), matching("ExternalId", 2, 1224, "+=,.@:/-_"), matching("SourceIdentity", 2, 64, nameCharacters),
	})
	all["AssumeRoleWithWebIdentity"] = slices.Concat(role, session, []argument{
		need(text("WebIdentityToken", func(_ *request, token string) error { return checkTokenLength(token) })),
	})
}

// firstOf returns a method's first result and its error.
func firstOf[T, U any](method func(*request) (T, U, error)) func(*request) (T, error) {
	return func(r *request) (T, error) {
		first, _, err := method(r)
		return first, err
	}
}
