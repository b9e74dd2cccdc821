package signet

import "errors"

// What could never work. Errors of this package wrap one of these and say more.
var (
	ErrCredentials = errors.New("signet: no credentials")
	ErrRegion      = errors.New("signet: impossible region")
	ErrEndpoint    = errors.New("signet: impossible endpoint")
	ErrBucket      = errors.New("signet: impossible bucket name")
	ErrKey         = errors.New("signet: impossible key")
	ErrMethod      = errors.New("signet: impossible method")
	ErrExpires     = errors.New("signet: impossible expiry")
	ErrTime        = errors.New("signet: impossible time")
	ErrHeader      = errors.New("signet: header can't be signed")
	ErrQuery       = errors.New("signet: query parameter can't be signed")
	ErrPart        = errors.New("signet: impossible part of an upload")
	ErrPolicy      = errors.New("signet: impossible policy")
	// ErrNotPresigned: what Parse was given is not a presigned URL.
	ErrNotPresigned = errors.New("signet: not a presigned URL")
)
