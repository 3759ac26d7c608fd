package commands

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// help shows the help of a command, or a page of its own.
func (a *app) help() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "help of a command, or the table of exit codes: help exit-codes", UsageText: "sparkops help [COMMAND|exit-codes]",
		Action: func(c *cli.Context) error {
			switch topic := c.Args().First(); topic {
			case "":
				return cli.ShowAppHelp(c)
			case "exit-codes":
				printExitCodes(a.world.Stdout)
				return nil
			default:
				if find(a.all, topic) == nil || c.NArg() > 1 {
					return mistakef("sparkops help", "there is no help on %q", strings.Join(c.Args().Slice(), " "))
				}
				return a.cli().RunContext(c.Context, []string{"sparkops", topic, "--help"})
			}
		},
	}
}
