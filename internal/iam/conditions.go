package iam

import "strconv"

// conditions gives the values of the condition keys of a request that are not its
// principal's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
type conditions struct {
	request *request
	subject subject
}

// Values implements access.Context.
func (c *conditions) Values(key string) []string {
	if values, ok := c.subject.keys[key]; ok {
		return values
	}
	r := c.request
	switch key {
	case "aws:sourceip":
		return present(r.in.Client.IP)
	case "aws:securetransport":
		return []string{strconv.FormatBool(r.in.Client.TLS)}
	case "aws:currenttime":
		return []string{iso(r.handler.now())}
	case "aws:epochtime":
		return []string{strconv.FormatInt(r.handler.now().Unix(), 10)}
	case "aws:useragent":
		return present(r.fields.Get("User-Agent"))
	case "aws:referer":
		return present(r.fields.Get("Referer"))
	case "aws:requestedregion":
		return []string{r.handler.region}
	}
	return nil
}

// present returns a value that is there unless it is empty.
func present(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
