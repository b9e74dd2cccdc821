package main

import (
	"context"
	"encoding/xml"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"
)

func userCommand() *cli.Command {
	return &cli.Command{
		Name:  "user",
		Usage: "make users and say what they may do",
		Description: "A user may do nothing until a policy allows it. Policies are Amazon's: a file of JSON, or the ARN\n" +
			"of a managed one, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess. The AWS command line\n" +
			"('aws iam') can do all this and more.\n\n" +
			"    signet user create alice\n" +
			"    signet user allow alice reader.json\n" +
			"    signet key create --user alice\n\n" + connectionHelp,
		Commands: []*cli.Command{
			userCreateCommand(), userListCommand(), userAllowCommand(), userForbidCommand(), userDeleteCommand(),
		},
	}
}

// shownUser is a user as IAM shows it.
type shownUser struct {
	UserName   string `xml:"UserName"`
	UserID     string `xml:"UserId" json:"UserId"`
	ARN        string `xml:"Arn" json:"Arn"`
	CreateDate string `xml:"CreateDate"`
}

func userCreateCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "make a user, who may do nothing yet", ArgsUsage: "NAME", Description: connectionHelp,
		Flags: append([]cli.Flag{jsonFlag()}, connectionFlags()...),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			name, err := oneArgument(cmd, "the user's name")
			if err != nil {
				return err
			}
			var answer struct {
				User shownUser `xml:"CreateUserResult>User"`
			}
			if err := callIAM(ctx, cmd, "CreateUser", url.Values{"UserName": {name}}, &answer); err != nil {
				return err
			}
			return printRow(cmd, answer.User, answer.User.ARN)
		}),
	}
}

func userListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the account's users", Description: connectionHelp,
		Flags: append([]cli.Flag{jsonFlag()}, connectionFlags()...),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			return listIAM(ctx, cmd, "ListUsers", nil, func(body []byte) error {
				var page struct {
					Users []shownUser `xml:"ListUsersResult>Users>member"`
				}
				if err := xml.Unmarshal(body, &page); err != nil {
					return err
				}
				for _, u := range page.Users {
					if err := printRow(cmd, u, u.UserName, u.CreateDate, u.ARN); err != nil {
						return err
					}
				}
				return nil
			})
		}),
	}
}

// policyArguments are those of allow and forbid: a user, and a policy's file or ARN.
func policyArguments(cmd *cli.Command) (user, policy string, err error) {
	if cmd.Args().Len() != 2 {
		return "", "", usageErrorf(cmd, "expected the user's name and a policy: a file, or an ARN")
	}
	return cmd.Args().Get(0), cmd.Args().Get(1), nil
}

// isARN tells a managed policy from a file.
func isARN(policy string) bool { return strings.HasPrefix(policy, "arn:") }

// policyName is the name of the inline policy that a file becomes.
func policyName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

func userAllowCommand() *cli.Command {
	return &cli.Command{
		Name: "allow", Usage: "give a user a policy", ArgsUsage: "NAME FILE|ARN",
		Description: "A file becomes the user's own policy, named as the file without its ending, and replaces one of\n" +
			"that name. It holds from the next request on, for links that were made before too.\n\n" +
			"    signet user allow alice reader.json\n" +
			"    signet user allow alice arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n\n" + connectionHelp,
		Flags: connectionFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			user, policy, err := policyArguments(cmd)
			if err != nil {
				return err
			}
			if isARN(policy) {
				return callIAM(ctx, cmd, "AttachUserPolicy", url.Values{"UserName": {user}, "PolicyArn": {policy}}, nil)
			}
			document, err := os.ReadFile(policy)
			if err != nil {
				return err
			}
			return callIAM(ctx, cmd, "PutUserPolicy", url.Values{
				"UserName": {user}, "PolicyName": {policyName(policy)}, "PolicyDocument": {string(document)},
			}, nil)
		}),
	}
}

func userForbidCommand() *cli.Command {
	return &cli.Command{
		Name: "forbid", Usage: "take a policy from a user", ArgsUsage: "NAME FILE|ARN",
		Description: "Links that the user made under it are dead from then on.\n\n" + connectionHelp,
		Flags:       connectionFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			user, policy, err := policyArguments(cmd)
			if err != nil {
				return err
			}
			if isARN(policy) {
				return callIAM(ctx, cmd, "DetachUserPolicy", url.Values{"UserName": {user}, "PolicyArn": {policy}}, nil)
			}
			return callIAM(ctx, cmd, "DeleteUserPolicy", url.Values{"UserName": {user}, "PolicyName": {policyName(policy)}}, nil)
		}),
	}
}

func userDeleteCommand() *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "delete a user who has no keys and no policies", ArgsUsage: "NAME", Description: connectionHelp,
		Flags: connectionFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			name, err := oneArgument(cmd, "the user's name")
			if err != nil {
				return err
			}
			return callIAM(ctx, cmd, "DeleteUser", url.Values{"UserName": {name}}, nil)
		}),
	}
}
