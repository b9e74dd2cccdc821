package iam

import "slices"

// actions lists every action.
func actions() []*action { return slices.Concat(iamActions(), stsActions()) }

func iamActions() []*action {
	return []*action{
		&getUser,
	}
}
