package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

func keyFileCommand() *cli.Command {
	return &cli.Command{
		Name:  "key-file",
		Usage: "make and rotate the file with the key that seals stored secrets",
		Description: "'signet serve' makes the file at its first start, in the data directory or where --key-file says.\n" +
			"Keep a copy of it: without it, the data directory is not opened again. To rotate the key: run\n" +
			"'signet key-file rotate', start the server again, and remove the lines behind the first one when\n" +
			"the sessions that were begun before that have ended, in at most 36 hours.",
		Commands: []*cli.Command{
			{
				Name: "new", Usage: "make a key file, or print a new key", ArgsUsage: "[FILE]",
				Description: "Makes FILE with a new key, readable by its owner only; a FILE that is there is left alone. Without\n" +
					"FILE it prints the line that such a file holds.",
				Action: newKeyFile,
			},
			{
				Name: "rotate", Usage: "put a new key in front of the old one", ArgsUsage: "[FILE]",
				Description: "The first key of the file seals, the others still open. The server reads the file when it starts;\n" +
					"it then seals everything again with the first key, and says so in its log.",
				Flags: []cli.Flag{
					serveFlag("data", "rotate the key in `DIR`, unless --key-file or FILE names another", server.DefaultDataDir, nil),
					serveFlag("key-file", "rotate the key in `FILE`, the same as the argument", "", nil),
				},
				Action: rotateKeyFile,
			},
		},
	}
}

// oneFile returns the argument of a command that takes one at most, "" for none.
func oneFile(cmd *cli.Command) (string, error) {
	if cmd.Args().Len() > 1 {
		return "", usageErrorf(cmd, "unexpected argument %q", cmd.Args().Get(1))
	}
	return cmd.Args().First(), nil
}

func newKeyFile(_ context.Context, cmd *cli.Command) error {
	name, err := oneFile(cmd)
	if err != nil {
		return err
	}
	out := cmd.Root().Writer
	if name == "" {
		key, err := server.NewSealKey()
		if err == nil {
			_, err = fmt.Fprint(out, key)
		}
		return err
	}
	if err := server.NewKeyFile(name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "made %s; keep a copy of it in another place\n", name)
	return err
}

func rotateKeyFile(_ context.Context, cmd *cli.Command) error {
	name, err := oneFile(cmd)
	if err != nil {
		return err
	}
	if name == "" {
		name = cmd.String("key-file")
	}
	if name == "" {
		name = server.KeyFileIn(cmd.String("data"))
	}
	keys, err := server.RotateKeyFile(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.Root().Writer, "%s holds %d keys now; start the server again to seal everything with the first\n", name, keys)
	return err
}
