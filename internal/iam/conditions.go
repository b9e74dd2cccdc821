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
		if addr, _ := r.handler.clientIP(r.http); addr.IsValid() {
			return []string{addr.String()}
		}
	case "aws:securetransport":
		_, secure := r.handler.clientIP(r.http)
		return []string{strconv.FormatBool(secure)}
	case "aws:currenttime":
		return []string{iso(r.handler.now())}
	case "aws:epochtime":
		return []string{strconv.FormatInt(r.handler.now().Unix(), 10)}
	case "aws:useragent":
		return present(r.http.UserAgent())
	case "aws:referer":
		return present(r.http.Referer())
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
