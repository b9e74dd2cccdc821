package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"

	"github.com/urfave/cli/v3"
)

func accountCommand() *cli.Command {
	return &cli.Command{
		Name:  "account",
		Usage: "make and list accounts, each with buckets and users of its own",
		Description: "Accounts share nothing: what belongs to one, the others cannot see unless its owner says so.\n" +
			"Only the root user of the first account, whose key is in root.env, may do this.\n\n" + connectionHelp,
		Commands: []*cli.Command{accountCreateCommand(), accountListCommand()},
	}
}

// newAccount is an account as it is shown once, with the key of its root user.
type newAccount struct {
	Name            string `xml:"Name"`
	AccountID       string `xml:"AccountId" json:"AccountId"`
	CanonicalID     string `xml:"CanonicalId" json:"CanonicalId"`
	AccessKeyID     string `xml:"AccessKeyId" json:"AccessKeyId"`
	SecretAccessKey string `xml:"SecretAccessKey"`
	where
}

func accountCreateCommand() *cli.Command {
	return &cli.Command{
		Name:        "create",
		Usage:       "make an account and the access key of its root user",
		ArgsUsage:   "NAME",
		Description: "    signet account create photos\n\nThe secret is shown this once.\n\n" + connectionHelp,
		Flags:       append([]cli.Flag{jsonFlag()}, connectionFlags()...),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			name, err := oneArgument(cmd, "the account's name")
			if err != nil {
				return err
			}
			var answer struct {
				Account newAccount `xml:"CreateAccountResult>Account"`
			}
			if err := callIAM(ctx, cmd, "CreateAccount", url.Values{"AccountName": {name}}, &answer); err != nil {
				return err
			}
			a := answer.Account
			if a.where, err = serverOf(ctx, cmd); err != nil {
				return err
			}
			if cmd.Bool("json") {
				return printJSON(cmd, a)
			}
			fmt.Fprintf(cmd.Root().ErrWriter, "signet: made account %s (%s); the key of its root user, shown this once:\n", a.AccountID, printable(name))
			return showNewKey(cmd.Root().Writer, a.AccessKeyID, a.SecretAccessKey, a.where)
		}),
	}
}

// shownAccount is an account in a list.
type shownAccount struct {
	Name        string `xml:"Name"`
	AccountID   string `xml:"AccountId" json:"AccountId"`
	CanonicalID string `xml:"CanonicalId" json:"CanonicalId"`
	CreateDate  string `xml:"CreateDate"`
}

func accountListCommand() *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list the accounts",
		Description: connectionHelp,
		Flags:       append([]cli.Flag{jsonFlag()}, connectionFlags()...),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			return listIAM(ctx, cmd, "ListAccounts", nil, func(body []byte) error {
				var page struct {
					Accounts []shownAccount `xml:"ListAccountsResult>Accounts>member"`
				}
				if err := xml.Unmarshal(body, &page); err != nil {
					return err
				}
				for _, a := range page.Accounts {
					if err := printRow(cmd, a, a.AccountID, a.CreateDate, a.Name); err != nil {
						return err
					}
				}
				return nil
			})
		}),
	}
}

// printRow prints an entry of a list: as a line of JSON, or as columns.
func printRow(cmd *cli.Command, value any, columns ...string) error {
	if cmd.Bool("json") {
		return printJSON(cmd, value)
	}
	line := ""
	for i, c := range columns {
		if i > 0 {
			line += "\t"
		}
		line += printable(c)
	}
	_, err := fmt.Fprintln(cmd.Root().Writer, line)
	return err
}
