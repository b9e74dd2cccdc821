package identity

import "strings"

const iamARN = "arn:aws:iam::"

// awsAccount stands in the ARNs of Amazon's own policies where an account does.
const awsAccount = "aws"

func rootARN(account string) string { return iamARN + account + ":root" }

// entityARN returns the ARN of an entity or a managed policy; kind is as ARNs
// have it.
func entityARN(account, kind, path, name string) string {
	return iamARN + account + ":" + kind + path + name
}

func sessionARN(account, role, session string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + session
}

func federatedUserARN(account, name string) string {
	return "arn:aws:sts::" + account + ":federated-user/" + name
}

func providerARN(account, url string) string { return iamARN + account + ":oidc-provider/" + url }

// parseARN splits the ARN of what IAM or STS has: arn:aws:iam::ACCOUNT:KIND/NAME.
// The root user is of kind root and has no name. path is "/" or what stands
// between the slash behind the kind and the name, both slashes included; of a
// provider and a session it is to be taken with the name.
func parseARN(arn string) (service, account, kind, path, name string, ok bool) {
	rest, ok := strings.CutPrefix(arn, "arn:aws:")
	if !ok {
		return "", "", "", "", "", false
	}
	service, rest, _ = strings.Cut(rest, ":")
	rest, ok = strings.CutPrefix(rest, ":")
	if !ok || service != "iam" && service != "sts" {
		return "", "", "", "", "", false
	}
	account, rest, ok = strings.Cut(rest, ":")
	if !ok || account != awsAccount && !isAccountID(account) {
		return "", "", "", "", "", false
	}
	kind, rest, ok = strings.Cut(rest, "/")
	if !ok {
		return service, account, kind, "", "", kind == "root"
	}
	i := strings.LastIndexByte(rest, '/') + 1
	return service, account, kind, "/" + rest[:i], rest[i:], true
}
