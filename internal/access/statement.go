package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/strictjson"
)

// statement is a statement of a policy, compiled.
type statement struct {
	sid    string
	number int
	deny   bool

	principals   []principalPattern
	notPrincipal bool
	actions      []pattern
	notAction    bool
	resources    []arnPattern
	notResource  bool
	conditions   []condition
	// exposure is whom an Allow lets in.
	exposure exposure

	// decision is what the statement makes of a request that it applies to.
	decision Decision
}

// name is the statement's Sid or, without one, its number.
func (s *statement) name() string {
	if s.sid != "" {
		return s.sid
	}
	return strconv.Itoa(s.number)
}

// place names the statement in a PolicyError.
func (s *statement) place() string {
	if s.sid != "" {
		return "statement " + strconv.Itoa(s.number) + " (" + s.sid + ")"
	}
	return "statement " + strconv.Itoa(s.number)
}

// readStatement reads the statement of that number, from 1.
func readStatement(v strictjson.Value, number int, kind PolicyKind, s syntax) (statement, []PrincipalRef, error) {
	st := statement{number: number}
	if v.Kind != strictjson.Object || len(v.Names) == 0 {
		return st, nil, &PolicyError{Place: st.place(), Problem: "Could not parse the policy: Statement is empty!"}
	}
	if i := slices.Index(v.Names, "Sid"); i >= 0 {
		if err := st.readSid(v.Items[i], kind); err != nil {
			return st, nil, err
		}
	}
	var refs []PrincipalRef
	var actions, resources []string
	for i, name := range v.Names {
		place, item := st.place()+", "+name, v.Items[i]
		var err error
		switch name {
		case "Sid":
		case "Effect":
			err = st.readEffect(item, place)
		case "Principal", "NotPrincipal":
			if kind == IdentityPolicy {
				return st, nil, &PolicyError{Place: place, Problem: "Policy document should not specify a principal."}
			}
			st.notPrincipal = name == "NotPrincipal"
			st.principals, refs, err = readPrincipals(item, place, kind)
		case "Action", "NotAction":
			st.notAction = name == "NotAction"
			actions, err = readList(item, place, false)
		case "Resource", "NotResource":
			if kind == TrustPolicy {
				return st, nil, &PolicyError{Place: place, Problem: "Has prohibited field " + name}
			}
			st.notResource = name == "NotResource"
			resources, err = readList(item, place, false)
		case "Condition":
			st.conditions, err = readConditions(item, place, kind, s)
		default:
			err = &PolicyError{Place: st.place(), Problem: "Unknown field " + name}
		}
		if err != nil {
			return st, nil, err
		}
	}
	if err := st.checkElements(v.Names, kind); err != nil {
		return st, nil, err
	}
	if err := st.compileActions(actions, kind); err != nil {
		return st, nil, err
	}
	st.exposure = st.findExposure()
	return st, refs, st.compileResources(resources, kind, s)
}

func (s *statement) readSid(v strictjson.Value, kind PolicyKind) error {
	sid, err := readText(v, s.place()+", Sid")
	if err != nil {
		return err
	}
	others := ""
	if kind == BucketPolicy {
		// S3 takes what its own examples have.
		others = " _-.:/"
	}
	if len(sid) > 512 || !consistsOf(sid, others) {
		return &PolicyError{Place: s.place() + ", Sid", Problem: "Statement IDs (SID) must be alpha-numeric."}
	}
	s.sid = sid
	return nil
}

func (s *statement) readEffect(v strictjson.Value, place string) error {
	effect, err := readText(v, place)
	switch {
	case err != nil:
		return err
	case effect != "Allow" && effect != "Deny":
		return &PolicyError{Place: place, Problem: "Invalid effect: " + effect}
	}
	s.deny = effect == "Deny"
	return nil
}

// checkElements checks that what a statement needs is there once.
func (s *statement) checkElements(names []string, kind PolicyKind) error {
	missing := func(field string) error {
		return &PolicyError{Place: s.place(), Problem: "Missing required field " + field}
	}
	if !slices.Contains(names, "Effect") {
		return missing("Effect")
	}
	for _, name := range []string{"Principal", "Action", "Resource"} {
		plain, not := slices.Contains(names, name), slices.Contains(names, "Not"+name)
		prohibited := name == "Principal" && kind == IdentityPolicy || name == "Resource" && kind == TrustPolicy
		switch {
		case plain && not:
			return &PolicyError{Place: s.place(), Problem: name + " and Not" + name + " exclude each other"}
		case plain || not || prohibited:
		case kind == IdentityPolicy:
			return &PolicyError{Place: s.place(), Problem: "Policy statement must contain " + strings.ToLower(name) + "s."}
		default:
			return missing(name)
		}
	}
	if s.notPrincipal && !s.deny {
		return &PolicyError{Place: s.place(), Problem: "Allow with NotPrincipal is not allowed."}
	}
	return nil
}

func (s *statement) compileActions(texts []string, kind PolicyKind) error {
	for _, text := range texts {
		p, ok := compileAction(text)
		problem := ""
		switch {
		case kind == TrustPolicy && (s.notAction || !ok || !isTrustAction(text, &p)):
			problem = "AssumeRole policy may only specify STS AssumeRole actions."
		case kind == BucketPolicy && (!ok || levelsOf(&p) == 0):
			problem = "Policy has invalid action"
		case !ok:
			problem = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
		}
		if problem != "" {
			return &PolicyError{Place: s.place() + ", " + text, Problem: problem}
		}
		s.actions = append(s.actions, p)
	}
	return nil
}

func (s *statement) compileResources(texts []string, kind PolicyKind, syn syntax) error {
	for _, text := range texts {
		a, problem := compileARN(text, syn)
		if problem == "" && !a.all {
			problem = checkResource(text, &a)
		}
		if problem != "" && kind == BucketPolicy {
			problem = "Policy has invalid resource"
		}
		if problem != "" {
			return &PolicyError{Place: s.place() + ", " + text, Problem: problem}
		}
		s.resources = append(s.resources, a)
	}
	return nil
}

// checkResource looks at the parts of an ARN before the resource's name.
func checkResource(text string, a *arnPattern) string {
	for i := range 5 {
		if a.parts[i].variable {
			return "Policy variables may only stand in the last part of the ARN " + text + "."
		}
	}
	partition, service := &a.parts[1], &a.parts[2]
	switch {
	case !partition.everything() && !match(partition.tokens, "aws", false):
		return "Partition of resource " + text + " is not valid."
	case !service.fixed() || len(service.tokens) == 0:
		return "Resource vendor must be fully qualified and cannot contain regexes."
	case len(a.parts[5].tokens) == 0:
		return "Resource " + text + " must be in ARN format or \"*\"."
	}
	return ""
}

// applies reports whether s is about the request, principals aside.
func (s *statement) applies(e *evaluation) bool {
	if s.matchesAction(e.request.Action) == s.notAction {
		return false
	}
	if s.resources != nil {
		matched, resolved := s.matchesResource(e)
		if matched == s.notResource {
			return false
		}
		if !matched && !resolved && !s.deny {
			// All but something that cannot be told: allow nothing by that.
			return false
		}
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(e) {
			return false
		}
	}
	return true
}

func (s *statement) matchesAction(action string) bool {
	for i := range s.actions {
		if match(s.actions[i].tokens, action, true) {
			return true
		}
	}
	return false
}

// matchesResource reports whether one of the resources matches, and whether
// those that do not were all known.
func (s *statement) matchesResource(e *evaluation) (matched, resolved bool) {
	resolved = true
	for i := range s.resources {
		a := &s.resources[i]
		if a.all {
			return true, true
		}
		if !e.isARN {
			if a.covers(e.request) {
				return true, true
			}
			continue
		}
		m, r := a.matches(e, &e.resource)
		if m {
			return true, true
		}
		resolved = resolved && r
	}
	return false, resolved
}

// covers reports whether a is about all of a service, as what a request that
// acts on no resource needs: listing buckets asks for *, and policies name
// arn:aws:s3:::* for it.
func (a *arnPattern) covers(r *Request) bool {
	service, _, _ := strings.Cut(r.Action, ":")
	return r.Resource == "*" && a.parts[5].everything() && match(a.parts[2].tokens, service, true)
}

// reach returns how directly s names p, for a resource's policy. NotPrincipal names
// all but those that it lists themselves.
func (s *statement) reach(p *Principal) reach {
	if s.notPrincipal {
		if slices.ContainsFunc(s.principals, func(a principalPattern) bool { return a.isItself(p) }) {
			return unreached
		}
		return directly
	}
	best := unreached
	for _, a := range s.principals {
		best = max(best, a.reach(p))
	}
	return best
}
