package iam

import (
	"context"
	"errors"

	"github.com/signet-store/signet/internal/identity"
)

// keyXML is an access key as answers show it; the root user's have no user name.
type keyXML struct {
	UserName        string `xml:",omitempty"`
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string `xml:",omitempty"`
}

// What Status says of an access key.
const (
	keyActive   = "Active"
	keyInactive = "Inactive"
)

func newKeyXML(k *identity.KeyInfo) keyXML {
	status := keyInactive
	if k.Active {
		status = keyActive
	}
	return keyXML{UserName: k.User, AccessKeyID: k.ID, Status: status, CreateDate: isoOrNone(k.Created)}
}

// createAccessKey shows the secret access key, once.
var createAccessKey = action{
	name: "CreateAccessKey", service: iamService, policy: "iam:CreateAccessKey",
	subject: onCallersUser,
	handle: func(ctx context.Context, r *request) (any, error) {
		k, err := r.handler.identity.CreateKey(ctx, r.account(), r.userName())
		if err != nil {
			return nil, err
		}
		x := newKeyXML(&k.KeyInfo)
		x.SecretAccessKey = k.Secret.Reveal()
		return struct{ AccessKey keyXML }{x}, nil
	},
}

var listAccessKeys = action{
	name: "ListAccessKeys", service: iamService, policy: "iam:ListAccessKeys",
	subject: onCallersUser,
	handle: func(ctx context.Context, r *request) (any, error) {
		keys, err := r.handler.identity.Keys(ctx, r.account(), r.userName())
		if err != nil {
			return nil, err
		}
		keys, end, err := cutInOrder(r, keys, func(k identity.KeyInfo) string { return k.ID })
		return struct {
			AccessKeyMetadata members[keyXML]
			truncated
		}{mapped(keys, newKeyXML), end}, err
	},
}

var updateAccessKey = action{
	name: "UpdateAccessKey", service: iamService, policy: "iam:UpdateAccessKey",
	subject: onCallersUser,
	handle: func(ctx context.Context, r *request) (any, error) {
		id, err := r.parameters.required("AccessKeyId")
		if err != nil {
			return nil, err
		}
		if _, err := r.parameters.required("Status"); err != nil {
			return nil, err
		}
		status, err := r.parameters.choice("Status", keyActive, keyInactive)
		if err != nil {
			return nil, err
		}
		return nil, r.handler.identity.SetKeyStatus(ctx, r.account(), r.userName(), id, status == keyActive)
	},
}

var deleteAccessKey = action{
	name: "DeleteAccessKey", service: iamService, policy: "iam:DeleteAccessKey",
	subject: onCallersUser,
	handle: func(ctx context.Context, r *request) (any, error) {
		id, err := r.parameters.required("AccessKeyId")
		if err != nil {
			return nil, err
		}
		return nil, r.handler.identity.DeleteKey(ctx, r.account(), r.userName(), id)
	},
}

// getAccessKeyLastUsed is decided on the user that has the key.
var getAccessKeyLastUsed = action{
	name: "GetAccessKeyLastUsed", service: iamService, policy: "iam:GetAccessKeyLastUsed",
	subject: onKey,
	handle: func(ctx context.Context, r *request) (any, error) {
		use, err := r.handler.identity.KeyLastUsed(ctx, r.parameters.get("AccessKeyId"))
		if err != nil {
			return nil, err
		}
		type lastUsed struct {
			LastUsedDate string `xml:",omitempty"`
			ServiceName  string
			Region       string
		}
		x := lastUsed{"", "N/A", "N/A"}
		if !use.Time.IsZero() {
			x = lastUsed{iso(use.Time), use.Service, use.Region}
		}
		return struct {
			UserName          string `xml:",omitempty"`
			AccessKeyLastUsed lastUsed
		}{r.userName(), x}, nil
	},
}

// onKey decides on the user whose key AccessKeyId names. The keys of other
// accounts are none, and those of root are so to everybody else.
func onKey(ctx context.Context, r *request) (subject, error) {
	id, err := r.parameters.required("AccessKeyId")
	if err != nil {
		return subject{}, err
	}
	info, err := r.handler.identity.KeyInfo(ctx, id)
	var missing *identity.NoSuchEntityError
	switch {
	case err != nil && !errors.As(err, &missing):
		return subject{}, err
	case err != nil, info.Account != r.account(), info.User == "" && !r.caller().Root:
		r.missing = &identity.NoSuchEntityError{Subject: identity.SubjectAccessKey, Name: id}
		return subject{resource: r.arn("user", "/", "*")}, nil
	case info.User == "":
		return subject{resource: r.caller().ARN}, nil
	}
	return r.onEntity(ctx, identity.KindUser, info.User)
}
