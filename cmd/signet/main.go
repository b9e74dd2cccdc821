// Command signet keeps objects private and lets their owner hand out links to
// them: an S3-compatible store in one program, and the tools to use it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// commands lists what signet can do, in the order in which help shows it.
func commands() []*cli.Command {
	return []*cli.Command{
		serveCommand(),
		checkCommand(),
		shareCommand(),
		presignCommand(),
		mbCommand(),
		cpCommand(),
		lsCommand(),
		explainCommand(),
		accountCommand(),
		userCommand(),
		keyCommand(),
		versionCommand(),
	}
}

// The exit statuses that scripts may rely on.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run runs the program with the given arguments (the first is its name) and
// streams, and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := newProgram(stdin, stdout, stderr).Run(ctx, args)
	if err == nil {
		return exitOK
	}
	// One line, whatever the error is made of.
	fmt.Fprintf(stderr, "signet: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	if failed := (*failedError)(nil); errors.As(err, &failed) {
		return exitFailed
	}
	return exitUsage
}

// newProgram returns the command that all others hang below.
func newProgram(stdin io.Reader, stdout, stderr io.Writer) *cli.Command {
	root := &cli.Command{
		Name:  "signet",
		Usage: "keep objects private and hand out links to them",
		Description: "Start a server with 'signet serve', then share a first file with 'signet share FILE'.\n" +
			"'signet COMMAND --help' explains a command and its environment variables.",
		Commands:                  commands(),
		Reader:                    stdin,
		Writer:                    stdout,
		ErrWriter:                 stderr,
		EnableShellCompletion:     true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		// The default handler prints errors and ends the process by itself.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	prepare(root)
	return root
}

// prepare gives cmd and all commands below it the same manners.
func prepare(cmd *cli.Command) {
	cmd.OnUsageError = func(_ context.Context, cmd *cli.Command, err error, _ bool) error {
		return usageErrorf(cmd, "%w", err)
	}
	if len(cmd.Commands) == 0 {
		// Otherwise an argument called "help" would be taken for a command.
		cmd.HideHelpCommand = true
		action := cmd.Action
		cmd.Action = func(ctx context.Context, cmd *cli.Command) error {
			err := action(ctx, cmd)
			if usage := (*usageError)(nil); err == nil || errors.As(err, &usage) {
				return err
			}
			return &failedError{err}
		}
		return
	}
	cmd.Action = func(_ context.Context, cmd *cli.Command) error {
		if cmd.Args().Present() {
			return usageErrorf(cmd, "there is no command %q", cmd.Args().First())
		}
		return cli.ShowSubcommandHelp(cmd)
	}
	for _, sub := range cmd.Commands {
		prepare(sub)
	}
}

// failedError is what a command's action returned when it was used rightly.
type failedError struct{ err error }

func (e *failedError) Error() string { return e.err.Error() }
func (e *failedError) Unwrap() error { return e.err }

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
