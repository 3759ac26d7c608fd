package commands

import (
	"github.com/urfave/cli/v2"

	"sparkops/doctor"
)

// explain says of checks how their fault comes about, what it leads to, and what mends it.
func (a *app) explain() *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "cause, effect and cure of a check of doctor, or of all", UsageText: "sparkops explain [ID]...",
		Flags: []cli.Flag{&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "text", Usage: "the answer on stdout: text or json"}},
		Action: func(c *cli.Context) error {
			all := doctor.Checks()
			for _, id := range c.Args().Slice() {
				if _, err := doctor.Select(all, []string{id}, nil); err != nil {
					hint := "sparkops doctor --list"
					if near := doctor.Near(all, id); near != "" {
						hint = "sparkops explain " + near
					}
					return mistakef(hint, "%w", err)
				}
			}
			checks, err := doctor.Select(all, c.Args().Slice(), nil)
			if err != nil {
				return err
			}
			s := settings{}
			if s.format, err = formatOf(c.String("output")); err != nil {
				return err
			}
			return a.printer(s, nil).Explain(c.Command.Name, reported(checks))
		},
	}
}
