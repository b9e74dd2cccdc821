package clients

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// issuer makes tokens of OpenID Connect, as an identity provider does.
type issuer struct {
	server *httptest.Server
	key    *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]any{"issuer": i.server.URL, "jwks_uri": i.server.URL + "/keys"})
		case "/keys":
			json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
				"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig",
				"n": unpadded(key.N.Bytes()), "e": unpadded(big.NewInt(int64(key.E)).Bytes()),
			}}})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(i.server.Close)
	return i
}

func unpadded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// name is the issuer without https://, thumbprint its certificate's.
func (i *issuer) name() string { return strings.TrimPrefix(i.server.URL, "https://") }
func (i *issuer) thumbprint() string {
	sum := sha1.Sum(i.server.Certificate().Raw)
	return hex.EncodeToString(sum[:])
}

// token returns a token for somebody.
func (i *issuer) token(t *testing.T, subject, audience string, expires time.Time) string {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"iss": i.server.URL, "sub": subject, "aud": audience, "exp": expires.Unix(), "iat": time.Now().Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	text := unpadded([]byte(`{"alg":"RS256","kid":"one","typ":"JWT"}`)) + "." + unpadded(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + unpadded(signature)
}

func TestTokensOfOpenIDConnectGiveSessions(t *testing.T) {
	t.Parallel()
	s, idp := startServer(t), newIssuer(t)
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root := newIAMClients(s.endpoint, accessKeyID, secretAccessKey, "")
	check(second(root.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("papers")})))
	check(second(root.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("k"), Body: strings.NewReader("text")})))
	provider, err := root.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: &idp.server.URL, ClientIDList: []string{"signet"}, ThumbprintList: []string{idp.thumbprint()},
	})
	check(err)
	trust := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": %q},
		"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"%[2]s:aud": "signet", "%[2]s:sub": "ada"}}}]}`,
		*provider.OpenIDConnectProviderArn, idp.name())
	role, err := root.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("pipeline"), AssumeRolePolicyDocument: &trust})
	check(err)
	check(second(root.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("pipeline"), PolicyName: aws.String("read"), PolicyDocument: aws.String(readPapers)})))

	nobody := newIAMClients(s.endpoint, "unused", "unused", "")
	assume := func(token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return nobody.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: role.Role.Arn, RoleSessionName: aws.String("build"), WebIdentityToken: &token,
		})
	}
	soon := time.Now().Add(time.Hour)
	good := idp.token(t, "ada", "signet", soon)
	out, err := assume(good)
	check(err)
	if *out.SubjectFromWebIdentityToken != "ada" || *out.Audience != "signet" {
		t.Errorf("a session for %s, %s", *out.SubjectFromWebIdentityToken, *out.Audience)
	}
	session := newIAMClients(s.endpoint, *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	got, err := session.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("k")})
	check(err)
	if body := string(readAll(t, got.Body)); body != "text" {
		t.Errorf("read %q", body)
	}

	forged := good[:len(good)-6] + "AAAAAA"
	_, rest, _ := strings.Cut(good, ".")
	claims, _, _ := strings.Cut(rest, ".")
	unsigned := unpadded([]byte(`{"alg":"none"}`)) + "." + claims + "."
	for name, c := range map[string]struct{ token, code string }{
		"somebody else":    {idp.token(t, "eve", "signet", soon), "AccessDenied"},
		"another audience": {idp.token(t, "ada", "elsewhere", soon), "InvalidIdentityToken"},
		"an expired one":   {idp.token(t, "ada", "signet", time.Now().Add(-time.Hour)), "ExpiredTokenException"},
		"a forged one":     {forged, "InvalidIdentityToken"},
		"an unsigned one":  {unsigned, "InvalidIdentityToken"},
		"another issuer's": {newIssuer(t).token(t, "ada", "signet", soon), "InvalidIdentityToken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assume(c.token)
			refusedWith(t, err, c.code)
		})
	}

	// As programs on other machines have it: a file, and no keys.
	t.Run("the AWS command line", func(t *testing.T) {
		cli := newAWSCLI(t, s)
		writeFile(t, cli.dir, "token", []byte(good))
		var env []string
		for _, v := range cli.env {
			if !strings.HasPrefix(v, "AWS_ACCESS_KEY_ID=") && !strings.HasPrefix(v, "AWS_SECRET_ACCESS_KEY=") {
				env = append(env, v)
			}
		}
		cli.env = append(env, "AWS_WEB_IDENTITY_TOKEN_FILE="+filepath.Join(cli.dir, "token"), "AWS_ROLE_ARN="+*role.Role.Arn, "AWS_ROLE_SESSION_NAME=build")
		cli.run("s3api", "get-object", "--bucket", "papers", "--key", "k", "got")
		if got := string(readFile(t, cli.dir, "got")); got != "text" {
			t.Errorf("read %q", got)
		}
		cli.refused("AccessDenied", "s3api", "delete-object", "--bucket", "papers", "--key", "k")
	})

	// The session dies with the role.
	check(second(root.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("pipeline"), PolicyName: aws.String("read")})))
	check(second(root.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("pipeline")})))
	_, err = session.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("k")})
	refusedWith(t, err, "InvalidAccessKeyId")
}

func TestForwardedAddressesCountFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, c := range map[string]struct {
		flags []string
		want  int
	}{
		"trusted": {[]string{"--trusted-proxy", "127.0.0.0/8"}, http.StatusOK},
		"not":     {nil, http.StatusForbidden},
		"another": {[]string{"--trusted-proxy", "10.0.0.0/8"}, http.StatusForbidden},
	} {
		s := start(t, &server{}, c.flags...)
		root := newIAMClients(s.endpoint, accessKeyID, secretAccessKey, "")
		for _, err := range []error{
			second(root.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("papers")})),
			second(root.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("k"), Body: strings.NewReader("text")})),
			second(root.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("papers"), Policy: aws.String(`{"Version": "2012-10-17", "Statement": [
				{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*",
				 "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
				{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*",
				 "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}`)})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		presigned, err := s3.NewPresignClient(root.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodGet, presigned.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "198.51.100.7, 203.0.113.9")
		r.Header.Set("X-Forwarded-Proto", "https")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if body := readAll(t, answer.Body); answer.StatusCode != c.want {
			t.Errorf("%s: %s %s", name, answer.Status, body)
		}
	}
}
