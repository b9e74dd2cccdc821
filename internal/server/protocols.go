package server

import (
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/control"
	"github.com/signet-store/signet/internal/iam"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/oidc"
	"github.com/signet-store/signet/internal/s3"
)

// newRouter returns a router to all protocols on s.
func newRouter(c Config, s *stores, limits *limit.Limits) (*router, error) {
	objects, err := newS3(c, s, limits)
	if err != nil {
		return nil, err
	}
	identities, err := newIAM(c, s, limits)
	if err != nil {
		return nil, err
	}
	own, err := newControl(c, s, limits, objects)
	if err != nil {
		return nil, err
	}
	return &router{
		s3: objects, iam: identities, control: own,
		virtualHosted: objects.VirtualHosted, claims: identities.Claims,
		unavailable: s.unavailable,
	}, nil
}

// unavailable returns why the bytes of objects are out of reach, "" if they are
// not.
func (s *stores) unavailable() string {
	if e := s.contents.Unavailable(); e != nil {
		return e.Reason
	}
	return ""
}

// newS3 returns the S3 protocol on s.
func newS3(c Config, s *stores, limits *limit.Limits) (*s3.Handler, error) {
	return s3.New(s3.Options{
		Verifier: auth.New(auth.Options{
			Keys: keys{s.identity}, Region: c.Region, Service: "s3", SigV2: !c.RefuseSigV2, Now: c.Now,
		}),
		Objects:    s.objects,
		Principals: principals{s.identity},
		Region:     c.Region,
		Domains:    c.Domains,
		PublicURLs: c.PublicURLs,
		Log:        c.Log.With("part", "s3"),
		Limits:     limits,

		LegacyBucketDefaults: c.LegacyBucketDefaults,
	})
}

// newIAM returns the protocols of IAM and STS on s.
func newIAM(c Config, s *stores, limits *limit.Limits) (*iam.Handler, error) {
	verifier := func(service string) *auth.Verifier {
		return auth.New(auth.Options{
			Keys: keys{s.identity}, Region: c.Region, OtherRegions: []string{iamRegion}, Service: service, Now: c.Now,
		})
	}
	tokens, err := oidc.New(oidc.Options{Now: c.Now})
	if err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Identity: s.identity,
		IAM:      verifier("iam"), STS: verifier("sts"),
		Region: c.Region,
		Tokens: tokens,
		Now:    c.Now,
		Log:    c.Log.With("part", "iam"),
		Limits: limits,
	})
}

// iamRegion is the region that clients sign requests to IAM for, in every region.
const iamRegion = "us-east-1"

// newControl returns the program's own API on s and what answers S3 requests.
func newControl(c Config, s *stores, limits *limit.Limits, handler *s3.Handler) (*control.Handler, error) {
	return control.New(control.Options{
		Verifier: auth.New(auth.Options{
			Keys: keys{s.identity}, Region: c.Region, OtherRegions: []string{iamRegion}, Service: control.Service, Now: c.Now,
		}),
		Explainer: explainer{handler},
		Limits:    limits,
		Log:       c.Log.With("part", "control"),
	})
}
