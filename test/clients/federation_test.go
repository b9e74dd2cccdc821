package clients

import (
	"strings"
	"testing"
)

func TestBoto3UsesFederatedUsers(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "federation.py")
}

func TestAWSCLIMakesAFederatedUser(t *testing.T) {
	t.Parallel()
	root := newAWSCLI(t, startServer(t))
	writeFile(t, root.dir, "report.pdf", []byte("the report"))
	root.run("s3", "mb", "s3://papers")
	root.run("s3", "cp", "report.pdf", "s3://papers/")
	account := root.json("sts", "get-caller-identity")["Account"].(string)
	arn := "arn:aws:sts::" + account + ":federated-user/visitor"
	made := root.json("sts", "get-federation-token", "--name", "visitor", "--duration-seconds", "900",
		"--tags", "Key=team,Value=red", "--policy-arns", "arn=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
	root.expect(made["FederatedUser"].(map[string]any), "Arn", arn)
	root.expect(made["FederatedUser"].(map[string]any), "FederatedUserId", account+":visitor")
	session := made["Credentials"].(map[string]any)
	visitor := *root
	visitor.env = append(root.env, "AWS_ACCESS_KEY_ID="+session["AccessKeyId"].(string),
		"AWS_SECRET_ACCESS_KEY="+session["SecretAccessKey"].(string), "AWS_SESSION_TOKEN="+session["SessionToken"].(string))
	visitor.expect(visitor.json("sts", "get-caller-identity"), "Arn", arn)
	if out := visitor.run("s3", "ls", "s3://papers"); !strings.Contains(out, "report.pdf") {
		t.Errorf("it lists %q", out)
	}
	visitor.refused("AccessDenied", "s3api", "delete-object", "--bucket", "papers", "--key", "report.pdf")
	visitor.refused("AccessDenied", "sts", "get-federation-token", "--name", "more")
	visitor.refused("InvalidClientTokenId", "iam", "list-users")
	url := strings.TrimSpace(visitor.run("s3", "presign", "s3://papers/report.pdf"))
	if got := client(t, root.dir, root.env, "curl", "-sS", "--fail", url); got != "the report" {
		t.Errorf("the URL gives %q", got)
	}
	explained := client(t, root.dir, root.env, program, "explain", "--server", url)
	if !strings.Contains(explained, arn) {
		t.Errorf("it is not named in %s", explained)
	}
}
