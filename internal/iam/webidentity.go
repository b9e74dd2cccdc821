package iam

// WebIdentity verifies tokens of OpenID Connect.
type WebIdentity interface{}
