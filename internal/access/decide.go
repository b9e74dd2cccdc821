package access

// Decide judges r. An explicit deny wins, an allow is needed, silence denies.
func Decide(r Request) Decision {
	switch {
	case r.Principal.Anonymous():
		return Decision{Reason: "nobody signed the request, and nothing is public"}
	case !r.Principal.Root:
		return Decision{Reason: "no policy allows it"}
	case r.Owner != "" && r.Owner != r.Principal.AccountID:
		return Decision{Reason: "the resource belongs to another account and does not allow it"}
	}
	return Decision{Allowed: true, Reason: "the root user of the owning account"}
}
