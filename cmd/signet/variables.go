package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

// variablePrefix begins the names of all environment variables that signet reads for
// itself.
const variablePrefix = "SIGNET_"

// testsVariable is read by the tests of this repository, which run the program in their
// own environment.
const testsVariable = variablePrefix + "REQUIRE_CLIENTS"

// othersVariable matches what Kubernetes sets in every container beside a service
// whose name begins with "signet".
//
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var othersVariable = regexp.MustCompile(`^SIGNET_(.+_)?(SERVICE_(HOST|PORT)|PORT)(_|$)`)

// unknownVariables returns a sentence for each variable in environment, NAME=value,
// that looks like one of signet's and has no effect. It never shows a value, which may
// be a secret.
func unknownVariables(root *cli.Command, environment []string) []string {
	known := []string{server.EnvRootKeyID, server.EnvRootSecret, testsVariable}
	root.Walk(func(cmd *cli.Command) error {
		for _, flag := range cmd.Flags {
			if f, ok := flag.(cli.DocGenerationFlag); ok {
				known = append(known, f.GetEnvVars()...)
			}
		}
		return nil
	})
	var sentences []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name) && !othersVariable.MatchString(name) {
			sentences = append(sentences, fmt.Sprintf("the environment variable %s has no effect%s", name, didYouMean(name, known, variablePrefix)))
		}
	}
	slices.Sort(sentences)
	return sentences
}
