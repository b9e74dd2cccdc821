package main

import (
	"context"
	"io"
	"strings"

	"github.com/urfave/cli/v3"
)

// configureCompletion gives the library's command that prints completion scripts the
// same manners as all others.
func configureCompletion(cmd *cli.Command) {
	cmd.Hidden = false
	cmd.Usage = "print a script that completes commands and flags in a shell"
	cmd.Description = "    source <(signet completion bash)     # in ~/.bashrc\n" +
		"    source <(signet completion zsh)      # in ~/.zshrc\n" +
		"    signet completion fish > ~/.config/fish/completions/signet.fish\n" +
		"    signet completion pwsh > signet.ps1  # and load it in the profile"
	for _, shell := range cmd.Commands {
		shell.Usage = "print the script for " + shell.Name
	}
	prepare(cmd)
}

// complete prints the commands or flags that may follow, for the completion scripts.
func complete(ctx context.Context, cmd *cli.Command) {
	root := cmd.Root()
	out := root.Writer
	root.Writer = plainWriter{out}
	defer func() { root.Writer = out }()
	cli.DefaultCompleteWithFlags(ctx, cmd)
}

// plainWriter takes off the quotes around what stands for a flag's value: help shows
// it by them, a shell would show them.
type plainWriter struct{ io.Writer }

func (w plainWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, strings.ReplaceAll(string(b), "`", "")); err != nil {
		return 0, err
	}
	return len(b), nil
}
