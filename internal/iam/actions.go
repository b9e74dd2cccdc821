package iam

import "slices"

// actions lists every action.
func actions() []*action {
	all := slices.Concat(iamActions(), stsActions())
	takes := arguments()
	for _, a := range all {
		a.takes = takes[a.name]
	}
	return all
}

func iamActions() []*action {
	all := []*action{
		&createUser, &getUser, &listUsers, &updateUser, &deleteUser,
		&createGroup, &getGroup, &listGroups, &updateGroup, &deleteGroup,
		&listGroupsForUser, &addUserToGroup, &removeUserFromGroup,
		&createRole, &getRole, &listRoles, &updateRole, &updateRoleDescription, &updateAssumeRolePolicy, &deleteRole,
		&createPolicy, &getPolicy, &listPolicies, &deletePolicy, &listEntitiesForPolicy,
		&createPolicyVersion, &getPolicyVersion, &listPolicyVersions, &setDefaultPolicyVersion, &deletePolicyVersion,
		&createAccessKey, &listAccessKeys, &updateAccessKey, &deleteAccessKey, &getAccessKeyLastUsed,
		&createOpenIDConnectProvider, &getOpenIDConnectProvider, &listOpenIDConnectProviders,
		&addClientID, &removeClientID, &updateThumbprint, &deleteOpenIDConnectProvider,
		&getAccountSummary, &getAccountAuthorizationDetails, &simulatePrincipalPolicy,
		&createAccount, &listAccounts, &getAccount,
		putBoundary(userKind), putBoundary(roleKind), deleteBoundary(userKind), deleteBoundary(roleKind),
	}
	for _, k := range []kind{userKind, groupKind, roleKind} {
		all = slices.Concat(all, inlineActions(k), attachActions(k))
	}
	for _, t := range []taggable{taggedUser, taggedRole, taggedPolicy, taggedProvider} {
		all = slices.Concat(all, tagActions(t))
	}
	return slices.Concat(all, absentActions())
}
