package main

import (
	"context"
	"encoding/xml"
	"net/url"

	"github.com/urfave/cli/v3"
)

func keyCommand() *cli.Command {
	return &cli.Command{
		Name:  "key",
		Usage: "make, list and end access keys",
		Description: "Whoever has a key acts as its user, and every link is signed with one: ending a key ends all of its\n" +
			"links at once. Without --user, the keys are those of whoever runs this. To rotate a key: create the\n" +
			"second, use it everywhere, deactivate the first, and delete it when nothing missed it.\n\n" + connectionHelp,
		Commands: []*cli.Command{
			keyCreateCommand(), keyListCommand(),
			keyStatusCommand("deactivate", "end a key and its links, until it is activated again", "Inactive"),
			keyStatusCommand("activate", "let a key work again", "Active"),
			keyDeleteCommand(),
		},
	}
}

// keyFlags are the flags of the commands about keys.
func keyFlags(own ...cli.Flag) []cli.Flag {
	return append(append(own, &cli.StringFlag{Name: "user", Local: true, Usage: "the keys of the user `NAME`"}), connectionFlags()...)
}

// ofUser adds the user that --user names.
func ofUser(cmd *cli.Command, parameters url.Values) url.Values {
	if user := cmd.String("user"); user != "" {
		parameters.Set("UserName", user)
	}
	return parameters
}

// shownKey is an access key as IAM shows it. Secret is known once, when it is made.
type shownKey struct {
	UserName    string `xml:"UserName" json:",omitempty"`
	AccessKeyID string `xml:"AccessKeyId" json:"AccessKeyId"`
	Status      string `xml:"Status"`
	CreateDate  string `xml:"CreateDate"`
	Secret      string `xml:"SecretAccessKey" json:"SecretAccessKey,omitempty"`
}

func keyCreateCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "make an access key", Description: "The secret is shown this once.\n\n" + connectionHelp,
		Flags: keyFlags(jsonFlag()),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			var answer struct {
				Key shownKey `xml:"CreateAccessKeyResult>AccessKey"`
			}
			if err := callIAM(ctx, cmd, "CreateAccessKey", ofUser(cmd, url.Values{}), &answer); err != nil {
				return err
			}
			at, err := serverOf(ctx, cmd)
			if err != nil {
				return err
			}
			if cmd.Bool("json") {
				return printJSON(cmd, struct {
					shownKey
					where
				}{answer.Key, at})
			}
			return showNewKey(cmd.Root().Writer, answer.Key.AccessKeyID, answer.Key.Secret, at)
		}),
	}
}

func keyListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list access keys", Description: connectionHelp,
		Flags: keyFlags(jsonFlag()),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			return listIAM(ctx, cmd, "ListAccessKeys", ofUser(cmd, url.Values{}), func(body []byte) error {
				var page struct {
					Keys []shownKey `xml:"ListAccessKeysResult>AccessKeyMetadata>member"`
				}
				if err := xml.Unmarshal(body, &page); err != nil {
					return err
				}
				for _, k := range page.Keys {
					if err := printRow(cmd, k, k.AccessKeyID, k.Status, k.CreateDate); err != nil {
						return err
					}
				}
				return nil
			})
		}),
	}
}

func keyStatusCommand(name, usage, status string) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: "ACCESS-KEY-ID", Description: connectionHelp,
		Flags: keyFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			id, err := oneArgument(cmd, "the access key's ID")
			if err != nil {
				return err
			}
			return callIAM(ctx, cmd, "UpdateAccessKey", ofUser(cmd, url.Values{"AccessKeyId": {id}, "Status": {status}}), nil)
		}),
	}
}

func keyDeleteCommand() *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "delete an access key for good, and end its links", ArgsUsage: "ACCESS-KEY-ID", Description: connectionHelp,
		Flags: keyFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			id, err := oneArgument(cmd, "the access key's ID")
			if err != nil {
				return err
			}
			return callIAM(ctx, cmd, "DeleteAccessKey", ofUser(cmd, url.Values{"AccessKeyId": {id}}), nil)
		}),
	}
}
