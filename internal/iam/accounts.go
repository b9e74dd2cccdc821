package iam

import (
	"context"

	"github.com/signet-store/signet/internal/identity"
)

// Accounts are made by actions of Signet's own. Only principals of the first
// account can be allowed them: all accounts are its resources.

// accountXML is an account as answers show it.
type accountXML struct {
	AccountID   string `xml:"AccountId"`
	CanonicalID string `xml:"CanonicalId"`
	Name        string
	ARN         string `xml:"Arn"`
	CreateDate  string
}

func newAccountXML(a *identity.Account) accountXML {
	return accountXML{AccountID: a.ID, CanonicalID: a.CanonicalID, Name: a.Name, ARN: a.RootARN(), CreateDate: iso(a.Created)}
}

// onAccount decides on an account, or on all of them.
func onAccount(r *request, id string) subject {
	first := r.handler.identity.Root().ID
	return subject{resource: "arn:aws:signet::" + first + ":account/" + id, owner: first}
}

// createAccount makes an account. It shows the keys of its root user, once.
var createAccount = action{
	name: "CreateAccount", service: iamService, policy: "signet:CreateAccount",
	subject: func(_ context.Context, r *request) (subject, error) { return onAccount(r, "*"), nil },
	handle: func(ctx context.Context, r *request) (any, error) {
		name, err := r.parameters.required("AccountName")
		if err != nil {
			return nil, err
		}
		account, key, err := r.handler.identity.CreateAccount(ctx, name)
		if err != nil {
			return nil, err
		}
		type created struct {
			accountXML
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
		}
		return struct{ Account created }{created{newAccountXML(&account), key.ID, key.Secret.Reveal()}}, nil
	},
}

var listAccounts = action{
	name: "ListAccounts", service: iamService, policy: "signet:ListAccounts",
	subject: func(_ context.Context, r *request) (subject, error) { return onAccount(r, "*"), nil },
	handle: func(ctx context.Context, r *request) (any, error) {
		after, max, err := r.page()
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.Accounts(ctx, after, max)
		return struct {
			Accounts members[accountXML]
			truncated
		}{mapped(p.Accounts, newAccountXML), more(p.Next)}, err
	},
}

// getAccount shows the account that AccountId names, without it the caller's.
var getAccount = action{
	name: "GetAccount", service: iamService, policy: "signet:GetAccount",
	subject: func(_ context.Context, r *request) (subject, error) { return onAccount(r, r.accountID()), nil },
	handle: func(ctx context.Context, r *request) (any, error) {
		account, err := r.handler.identity.Account(ctx, r.accountID())
		if err != nil {
			return nil, err
		}
		return struct{ Account accountXML }{newAccountXML(&account)}, nil
	},
}

func (r *request) accountID() string {
	if r.parameters.has("AccountId") {
		return r.parameters.get("AccountId")
	}
	return r.account()
}
