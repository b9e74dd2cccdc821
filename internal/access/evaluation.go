package access

import "strings"

// evaluation is a request while it is judged.
type evaluation struct {
	request *Request
	// resource is Request.Resource in parts, where it is an ARN.
	resource arnParts
	isARN    bool
}

func newEvaluation(r *Request) evaluation {
	e := evaluation{request: r}
	e.resource, e.isARN = splitARN(r.Resource)
	return e
}

// values returns the values of a condition key in lower case, nil without any.
// What is known of the principal comes from the principal alone.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (e *evaluation) values(key string) []string {
	p := &e.request.Principal
	switch key {
	case "aws:principalarn":
		if p.Role != "" {
			return one(p.Role)
		}
		return one(p.ARN)
	case "aws:principalaccount":
		return one(p.AccountID)
	case "aws:principaltype":
		return one(p.kind())
	case "aws:userid":
		if p.Anonymous() {
			return one("anonymous")
		}
		return one(p.ID)
	case "aws:username":
		return one(p.Name)
	case "aws:principalisawsservice", "aws:viaawsservice":
		return one("false")
	case "aws:resourceaccount", "s3:resourceaccount":
		return one(e.request.Owner)
	}
	if tag, ok := strings.CutPrefix(key, "aws:principaltag/"); ok {
		return p.tag(tag)
	}
	if values, ok := p.Keys[key]; ok {
		return values
	}
	if e.request.Context == nil {
		return nil
	}
	return e.request.Context.Values(key)
}

// one returns the values of a key that has one or, empty, none.
func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// kind is the condition key aws:PrincipalType.
func (p *Principal) kind() string {
	switch {
	case p.Anonymous():
		return "Anonymous"
	case p.Root:
		return "Account"
	case p.Role != "":
		return "AssumedRole"
	case p.Maker != "":
		return "FederatedUser"
	}
	return "User"
}

// tag returns the value of a tag of the principal, whose keys have no case.
func (p *Principal) tag(key string) []string {
	for k, v := range p.Tags {
		if strings.EqualFold(k, key) {
			return []string{v}
		}
	}
	return nil
}
