package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// iamClients are Amazon's clients of one caller.
type iamClients struct {
	iam *iam.Client
	sts *sts.Client
	s3  *s3.Client
}

func newIAMClients(endpoint, id, secret, token string) iamClients {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	}
	return iamClients{iam.NewFromConfig(cfg), sts.NewFromConfig(cfg), s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })}
}

// refusedWith checks the code of an error of Amazon's SDK.
func refusedWith(t *testing.T, err error, code string) {
	t.Helper()
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != code {
		t.Errorf("refused with %v, not %s", err, code)
	}
}

const readPapers = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*"}]}`

func TestAWSSDKForGoManagesIdentities(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ctx := t.Context()
	root := newIAMClients(s.endpoint, accessKeyID, secretAccessKey, "")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	me, err := root.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	check(err)
	if !strings.HasSuffix(*me.Arn, ":root") || len(*me.Account) != 12 || *me.UserId != *me.Account {
		t.Errorf("the caller is %s of %s", *me.Arn, *me.Account)
	}

	// Users in pages, with paths and tags.
	for i := range 5 {
		_, err := root.iam.CreateUser(ctx, &iam.CreateUserInput{
			UserName: aws.String(fmt.Sprintf("user-%d", i)), Path: aws.String("/staff/"),
			Tags: []iamtypes.Tag{{Key: aws.String("team"), Value: aws.String("a b")}},
		})
		check(err)
	}
	var names []string
	pages := iam.NewListUsersPaginator(root.iam, &iam.ListUsersInput{PathPrefix: aws.String("/staff/"), MaxItems: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, u := range page.Users {
			names = append(names, *u.UserName)
			if want := "arn:aws:iam::" + *me.Account + ":user/staff/" + *u.UserName; *u.Arn != want || time.Since(*u.CreateDate) > time.Hour {
				t.Errorf("user %s of %v", *u.Arn, u.CreateDate)
			}
		}
	}
	if want := []string{"user-0", "user-1", "user-2", "user-3", "user-4"}; !slices.Equal(names, want) {
		t.Errorf("users %v", names)
	}
	got, err := root.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("user-1")})
	check(err)
	if len(got.User.Tags) != 1 || *got.User.Tags[0].Value != "a b" {
		t.Errorf("tags %v", got.User.Tags)
	}
	_, err = root.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("USER-1")})
	refusedWith(t, err, "EntityAlreadyExists")
	_, err = root.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("nobody")})
	refusedWith(t, err, "NoSuchEntity")

	// A managed policy with versions.
	policy, err := root.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("read"), PolicyDocument: aws.String(readPapers)})
	check(err)
	arn := policy.Policy.Arn
	_, err = root.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("bad"), PolicyDocument: aws.String(`{"Statement": []`)})
	refusedWith(t, err, "MalformedPolicyDocument")
	check(second(root.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("user-1"), PolicyArn: arn})))
	version, err := root.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	check(err)
	if document, err := url.QueryUnescape(*version.PolicyVersion.Document); err != nil || document != readPapers {
		t.Errorf("the policy came back as %q", document)
	}
	_, err = root.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	refusedWith(t, err, "DeleteConflict")

	// What the user may do.
	key, err := root.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("user-1")})
	check(err)
	user := newIAMClients(s.endpoint, *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
	check(second(root.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("papers")})))
	check(second(root.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("k"), Body: strings.NewReader("text")})))
	read := func(c iamClients) error {
		out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("k")})
		if err == nil && string(readAll(t, out.Body)) != "text" {
			t.Error("read something else")
		}
		return err
	}
	check(read(user))
	_, err = user.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("k"), Body: strings.NewReader("other")})
	refusedWith(t, err, "AccessDenied")
	_, err = user.iam.ListUsers(ctx, &iam.ListUsersInput{})
	refusedWith(t, err, "AccessDenied")
	check(second(root.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: arn, SetAsDefault: true, PolicyDocument: aws.String(strings.Replace(readPapers, "GetObject", "PutObject", 1)),
	})))
	refusedWith(t, read(user), "AccessDenied")
	check(second(root.iam.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})))
	check(read(user))

	// A boundary.
	check(second(root.iam.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{
		UserName: aws.String("user-1"), PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess"),
	})))
	refusedWith(t, read(user), "AccessDenied")
	check(second(root.iam.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("user-1")})))
	check(read(user))

	// A role, and a session of it bounded by a policy.
	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]string{"AWS": *got.User.Arn},
		"Condition": map[string]any{"StringEquals": map[string]string{"sts:ExternalId": "42"}},
	}}})
	check(err)
	role, err := root.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("courier"), AssumeRolePolicyDocument: aws.String(string(trust))})
	check(err)
	check(second(root.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("courier"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonS3FullAccess")})))
	assume := func(id, policy *string) (iamClients, error) {
		out, err := user.sts.AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: role.Role.Arn, RoleSessionName: aws.String("letter"), ExternalId: id, Policy: policy, DurationSeconds: aws.Int32(900),
		})
		if err != nil {
			return iamClients{}, err
		}
		return newIAMClients(s.endpoint, *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken), nil
	}
	_, err = assume(nil, nil)
	refusedWith(t, err, "AccessDenied")
	courier, err := assume(aws.String("42"), nil)
	check(err)
	check(read(courier))
	check(second(courier.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("new"), Body: strings.NewReader("x")})))
	bounded, err := assume(aws.String("42"), aws.String(readPapers))
	check(err)
	check(read(bounded))
	_, err = bounded.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("papers"), Key: aws.String("new"), Body: strings.NewReader("x")})
	refusedWith(t, err, "AccessDenied")
	presigned, err := s3.NewPresignClient(bounded.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("k")})
	check(err)
	answer, err := http.Get(presigned.URL)
	check(err)
	if body := string(readAll(t, answer.Body)); answer.StatusCode != http.StatusOK || body != "text" {
		t.Errorf("a session's URL answers %s %s", answer.Status, body)
	}
	check(second(root.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("courier"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonS3FullAccess")})))
	refusedWith(t, read(courier), "AccessDenied")

	// Last used, and the end.
	used, err := root.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKey.AccessKeyId})
	check(err)
	if *used.UserName != "user-1" {
		t.Errorf("the key is %s's", *used.UserName)
	}
	check(second(root.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: aws.String("user-1"), AccessKeyId: key.AccessKey.AccessKeyId})))
	refusedWith(t, read(user), "InvalidAccessKeyId")
}

func second[T any](_ T, err error) error { return err }

func TestAccountsShareWhatTheirOwnersSay(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var other struct{ AccountId, CanonicalId, AccessKeyId, SecretAccessKey string }
	check(json.Unmarshal([]byte(client(t, t.TempDir(), s.env(t), program, "account", "create", "films", "--json")), &other))
	home, away := newIAMClients(s.endpoint, accessKeyID, secretAccessKey, ""), newIAMClients(s.endpoint, other.AccessKeyId, other.SecretAccessKey, "")
	bucket, key := aws.String("papers"), aws.String("k")
	check(second(home.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})))
	check(second(home.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("text")})))
	_, err := away.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	refusedWith(t, err, "AccessDenied")
	_, err = away.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	refusedWith(t, err, "AccessDenied")
	_, err = away.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	refusedWith(t, err, "BucketAlreadyExists")

	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "%s"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::papers/*"}]}`, other.AccountId)
	check(second(home.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy})))
	out, err := away.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	check(err)
	if body := string(readAll(t, out.Body)); body != "text" {
		t.Errorf("read %q", body)
	}
	// What the other account uploads belongs to the bucket's owner.
	check(second(away.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("gift"), Body: strings.NewReader("theirs")})))
	gift, err := home.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("gift")})
	check(err)
	if body := string(readAll(t, gift.Body)); body != "theirs" {
		t.Errorf("read %q", body)
	}
	public := strings.Replace(policy, `{"AWS": "`+other.AccountId+`"}`, `"*"`, 1)
	_, err = home.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &public})
	refusedWith(t, err, "AccessDenied")
	anonymously := func(want int) {
		t.Helper()
		answer, err := http.Get(s.endpoint + "/papers/k")
		check(err)
		if body := readAll(t, answer.Body); answer.StatusCode != want {
			t.Errorf("a stranger gets %s %s", answer.Status, body)
		}
	}
	anonymously(http.StatusForbidden)
	check(second(home.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: bucket})))
	check(second(home.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &public})))
	anonymously(http.StatusOK)
	status, err := home.s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: bucket})
	check(err)
	if !*status.PolicyStatus.IsPublic {
		t.Error("the policy is not called public")
	}
	check(second(home.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: bucket})))
	anonymously(http.StatusForbidden)
}
