package clients

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAWSCLIManagesIdentities(t *testing.T) {
	t.Parallel()
	root := newAWSCLI(t, startServer(t))
	writeFile(t, root.dir, "reader.json", []byte(readPapers))
	writeFile(t, root.dir, "report.pdf", []byte("the report"))
	root.run("s3", "mb", "s3://papers")
	root.run("s3", "cp", "report.pdf", "s3://papers/")
	me := root.json("sts", "get-caller-identity")
	account := me["Account"].(string)
	root.expect(me, "Arn", "arn:aws:iam::"+account+":root")

	root.run("iam", "create-group", "--group-name", "readers")
	root.run("iam", "create-user", "--user-name", "alice", "--path", "/staff/")
	root.run("iam", "add-user-to-group", "--group-name", "readers", "--user-name", "alice")
	if members := root.json("iam", "get-group", "--group-name", "readers")["Users"].([]any); len(members) != 1 {
		t.Errorf("members %v", members)
	}
	key := root.json("iam", "create-access-key", "--user-name", "alice")["AccessKey"].(map[string]any)
	alice := *root
	alice.env = append(root.env, "AWS_ACCESS_KEY_ID="+key["AccessKeyId"].(string), "AWS_SECRET_ACCESS_KEY="+key["SecretAccessKey"].(string))
	alice.expect(alice.json("sts", "get-caller-identity"), "Arn", "arn:aws:iam::"+account+":user/staff/alice")
	alice.refused("AccessDenied", "s3api", "get-object", "--bucket", "papers", "--key", "report.pdf", "got")
	root.run("iam", "put-group-policy", "--group-name", "readers", "--policy-name", "reader", "--policy-document", "file://reader.json")
	alice.run("s3api", "get-object", "--bucket", "papers", "--key", "report.pdf", "got")
	if got := string(readFile(t, root.dir, "got")); got != "the report" {
		t.Errorf("read %q", got)
	}
	shown := root.json("iam", "get-group-policy", "--group-name", "readers", "--policy-name", "reader")
	if _, ok := shown["PolicyDocument"].(map[string]any); !ok {
		t.Errorf("the policy is shown as %v", shown)
	}
	alice.refused("AccessDenied", "iam", "create-user", "--user-name", "mallory")
	alice.refused("AccessDenied", "s3api", "put-bucket-policy", "--bucket", "papers", "--policy", "{}")

	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]string{"AWS": "arn:aws:iam::" + account + ":user/staff/alice"}}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, root.dir, "trust.json", trust)
	root.run("iam", "create-role", "--role-name", "courier", "--assume-role-policy-document", "file://trust.json", "--max-session-duration", "7200")
	root.run("iam", "attach-role-policy", "--role-name", "courier", "--policy-arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
	assumed := alice.json("sts", "assume-role", "--role-arn", "arn:aws:iam::"+account+":role/courier", "--role-session-name", "letter", "--duration-seconds", "7200")
	session := assumed["Credentials"].(map[string]any)
	courier := *root
	courier.env = append(root.env, "AWS_ACCESS_KEY_ID="+session["AccessKeyId"].(string),
		"AWS_SECRET_ACCESS_KEY="+session["SecretAccessKey"].(string), "AWS_SESSION_TOKEN="+session["SessionToken"].(string))
	if out := courier.run("s3", "ls", "s3://papers"); !strings.Contains(out, "report.pdf") {
		t.Errorf("the session lists %q", out)
	}
	courier.refused("AccessDenied", "s3api", "delete-object", "--bucket", "papers", "--key", "report.pdf")
	courier.expect(courier.json("sts", "get-caller-identity"), "Arn", "arn:aws:sts::"+account+":assumed-role/courier/letter")

	root.refused("DeleteConflict", "iam", "delete-role", "--role-name", "courier")
	root.refused("ValidationError", "iam", "create-user", "--user-name", "a b")
	root.refused("NoSuchEntity", "iam", "attach-role-policy", "--role-name", "courier", "--policy-arn", "arn:aws:iam::aws:policy/NoSuchPolicyAtAll")
}
