package iam

import (
	"context"
	"encoding/xml"
)

// absentActions returns actions on what nobody has here, and that tools ask for
// before they delete a user or a role: passwords, certificates, second factors,
// instances of other services.
func absentActions() []*action {
	return []*action{
		emptyList("ListAccountAliases", "AccountAliases", nil),
		emptyList("ListInstanceProfilesForRole", "InstanceProfiles", roleKind.named),
		emptyList("ListMFADevices", "MFADevices", onCallersUser),
		emptyList("ListVirtualMFADevices", "VirtualMFADevices", nil),
		emptyList("ListSSHPublicKeys", "SSHPublicKeys", onCallersUser),
		emptyList("ListSigningCertificates", "Certificates", onCallersUser),
		emptyList("ListServiceSpecificCredentials", "ServiceSpecificCredentials", onCallersUser),
		noLoginProfile("GetLoginProfile"),
		noLoginProfile("DeleteLoginProfile"),
	}
}

// emptyList returns an action that answers with an empty list.
func emptyList(name, list string, find subjectFunc) *action {
	type none struct {
		XMLName xml.Name
	}
	return &action{
		name: name, service: iamService, policy: "iam:" + name,
		subject: find,
		handle: func(context.Context, *request) (any, error) {
			return struct {
				List none
				truncated
			}{List: none{xml.Name{Local: list}}}, nil
		},
	}
}

// noLoginProfile returns an action on a password, which no user has.
func noLoginProfile(name string) *action {
	return &action{
		name: name, service: iamService, policy: "iam:" + name,
		subject: onCallersUser,
		handle: func(_ context.Context, r *request) (any, error) {
			if r.aboutRoot() {
				return nil, notFound("Login Profile for the root user cannot be found.")
			}
			return nil, notFound("Login Profile for User " + r.entity.Name + " cannot be found.")
		},
	}
}
