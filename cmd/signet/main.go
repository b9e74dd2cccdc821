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
		keyFileCommand(),
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
	program := newProgram(stdin, stdout, stderr)
	err := program.Run(ctx, args)
	if err == nil {
		return exitOK
	}
	if badVariable.MatchString(err.Error()) {
		// The library does not tell which command the variable is for.
		err = flagError(program, err)
	}
	// One line, whatever the error is made of.
	fmt.Fprintf(stderr, "signet: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	if failed := (*failedError)(nil); errors.As(err, &failed) {
		return exitFailed
	}
	return exitUsage
}

// programName is the name by which the program is typed.
const programName = "signet"

// newProgram returns the command that all others hang below.
func newProgram(stdin io.Reader, stdout, stderr io.Writer) *cli.Command {
	root := &cli.Command{
		Name:  programName,
		Usage: "keep objects private and hand out links to them",
		Description: "Start a server with 'signet serve', then share a first file with 'signet share FILE'.\n" +
			"'signet COMMAND --help' explains a command and its environment variables.",
		Commands:              commands(),
		Reader:                stdin,
		Writer:                stdout,
		ErrWriter:             stderr,
		EnableShellCompletion: true,
		HideVersion:           true,
		Flags: []cli.Flag{
			&switchFlag{Name: "version", Local: true, Usage: "print which version this is"},
		},
		ConfigureShellCompletionCommand: configureCompletion,
		DisableSliceFlagSeparator:       true,
		// The default handler prints errors and ends the process by itself.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	prepare(root)
	return root
}

// prepare gives cmd and all commands below it the same manners.
func prepare(cmd *cli.Command) {
	cmd.OnUsageError = func(_ context.Context, cmd *cli.Command, err error, _ bool) error {
		return flagError(cmd, err)
	}
	cmd.ShellComplete = complete
	if len(cmd.Commands) == 0 {
		// Otherwise an argument called "help" would be taken for a command.
		cmd.HideHelpCommand = true
		action := cmd.Action
		cmd.Action = func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Name != "serve" { // which has a log for it
				warn(cmd, unknownVariables(cmd.Root(), os.Environ()))
			}
			err := action(ctx, cmd)
			if usage := (*usageError)(nil); err == nil || errors.As(err, &usage) {
				return err
			}
			return &failedError{err}
		}
		return
	}
	// A group's help is a flag of it; the one command "help" is the program's.
	cmd.HideHelpCommand = cmd.Name != programName
	cmd.Action = func(_ context.Context, cmd *cli.Command) error {
		if cmd.Args().Present() {
			return noCommand(cmd, cmd.Args().First())
		}
		if cmd.Bool("version") {
			_, err := io.WriteString(cmd.Root().Writer, currentVersion().text())
			return err
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
