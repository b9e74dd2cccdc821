package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v3"
)

// usageError says that a command was not used as its help says.
type usageError struct {
	err     error
	command string
}

// usageErrorf returns an error that ends the program with exitUsage.
func usageErrorf(cmd *cli.Command, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), command: cmd.FullName()}
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v; see '%s --help'", e.err, e.command)
}
func (e *usageError) Unwrap() error { return e.err }

// noArguments returns a usage error when cmd was given arguments.
func noArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usageErrorf(cmd, "unexpected argument %q", cmd.Args().First())
	}
	return nil
}

// noCommand is the error for a command that cmd does not have.
func noCommand(cmd *cli.Command, name string) error {
	var names []string
	for _, sub := range cmd.Commands {
		if !sub.Hidden {
			names = append(names, sub.Name)
		}
	}
	return usageErrorf(cmd, "there is no command %q%s", name, didYouMean(name, names, ""))
}

// What the library says of flags, which it has no types for.
var (
	unknownFlag = regexp.MustCompile(`^flag provided but not defined: -+(.*)$`)
	noValue     = regexp.MustCompile(`^flag needs an argument: (-.*)$`)
	badValue    = regexp.MustCompile(`(?s)^invalid value (".*") for flag -+(\S+?): (.*)$`)
	badVariable = regexp.MustCompile(`(?s)^could not parse (".*") as \S+ value from environment variable "(\w+)" for flag \S+: (.*)$`)
	notANumber  = regexp.MustCompile(`^strconv\.\w+: parsing ".*": (invalid syntax|value out of range)$`)
)

// flagError says what is wrong with cmd's flags in the words of all other errors.
func flagError(cmd *cli.Command, err error) error {
	text := err.Error()
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		name, _, _ := strings.Cut(m[1], "=")
		return usageErrorf(cmd, "there is no flag %s%s", dashed(name), didYouMean(dashed(name), flagsOf(cmd), "--"))
	}
	if m := noValue.FindStringSubmatch(text); m != nil {
		return usageErrorf(cmd, "%s needs a value", m[1])
	}
	if m := badValue.FindStringSubmatch(text); m != nil {
		return usageErrorf(cmd, "%s: %s", dashed(m[2]), plainReason(m[1], m[3]))
	}
	if m := badVariable.FindStringSubmatch(text); m != nil {
		return usageErrorf(cmd, "%s: %s", m[2], plainReason(m[1], m[3]))
	}
	return usageErrorf(cmd, "%w", err)
}

// plainReason says why the value, which is in quotes, cannot be.
func plainReason(value, reason string) string {
	if notANumber.MatchString(reason) {
		return value + " is not a whole number in range"
	}
	return reason
}

// dashed returns a flag's name as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// flagsOf returns the names of cmd's flags as they are typed.
func flagsOf(cmd *cli.Command) []string {
	names := []string{"--help"}
	for _, flag := range cmd.Flags {
		for _, name := range flag.Names() {
			names = append(names, dashed(name))
		}
	}
	return names
}

// didYouMean returns a question with the known name that text is a slip of, "" where
// none is close. All names begin with prefix.
func didYouMean(text string, known []string, prefix string) string {
	best, least := "", max(1, (len(text)-len(prefix))/3)+1
	for _, name := range known {
		if d := distance(text, name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// distance returns how many slips of the keyboard lie between two texts: a byte too
// much, too few, another one, or two in the wrong order. A text longer than 64 bytes
// is no slip.
//
// https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
func distance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [longest + 1][longest + 1]int
	for i := range len(a) + 1 {
		for j := range len(b) + 1 {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = rows[i-1][j-1] + 1
			}
			rows[i][j] = min(rows[i][j], rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
