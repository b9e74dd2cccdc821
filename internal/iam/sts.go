package iam

// stsActions lists the actions of STS.
func stsActions() []*action { return nil }
