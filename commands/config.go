package commands

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/report"
	"sparkops/spark"
)

// config shows all that was resolved: files, environment, and every host with the settings
// of ssh and where each came from. No host is touched.
func (a *app) config() *cli.Command {
	return &cli.Command{
		Name: "config", Usage: "all that is resolved: files, environment, hosts, and how ssh reaches each", UsageText: "sparkops config [flags]",
		Flags: a.flags(
			&cli.BoolFlag{Name: "show-secrets", Usage: "show the passwords and the like that spark-env.sh sets"}),
		Before: a.noArguments,
		Action: a.onHosts(nil, func(ctx context.Context, c *cli.Context, j *job) error {
			secret := lint.Secret
			if text, err := os.ReadFile(j.site.envFile()); err == nil {
				secret = lint.SecretsOf(text)
			}
			j.printer.Mask = func(name, value string) string { return lint.MaskValue(secret, name, value) }
			if c.Bool("show-secrets") {
				j.printer.Mask = nil
			}
			return j.printer.Configuration(j.configuration(ctx))
		}),
	}
}

func (j *job) configuration(ctx context.Context) report.Configuration {
	c := report.Configuration{
		Command: j.verb, ConfDir: j.site.confDir, SparkHome: j.site.sparkHome, MasterURL: spark.URL(j.cluster.Addresses),
		Files: report.ConfigFiles{Hosts: j.site.all.HostsFile, Masters: j.site.all.MastersFile, SSH: []string{}},
		Env:   j.site.env.Vars, EnvFrom: map[string]string{},
	}
	for _, name := range j.reach.files.Names {
		c.Files.SSH = append(c.Files.SSH, j.reach.short(name))
	}
	if j.site.env.By != "" {
		c.Files.SparkEnv = j.site.envFile()
	}
	for name, line := range j.site.env.Lines {
		c.EnvFrom[name] = fmt.Sprintf("%s:%d", j.reach.short(c.Files.SparkEnv), line)
	}
	j.reach.findLocal(ctx)
	at := map[string]int{}
	add := func(hosts []inventory.Host, role spark.Role) {
		for _, h := range hosts {
			if i, ok := at[h.Name]; ok {
				c.Hosts[i].Roles = append(c.Hosts[i].Roles, string(role))
				continue
			}
			at[h.Name] = len(c.Hosts)
			c.Hosts = append(c.Hosts, j.configHost(ctx, h, role))
		}
	}
	add(j.cluster.SelectedMasters(), spark.Master)
	add(j.cluster.Workers, spark.Worker)
	return c
}

func (j *job) configHost(ctx context.Context, h inventory.Host, role spark.Role) report.ConfigHost {
	found := report.ConfigHost{
		Host: h.Name, Roles: []string{string(role)}, From: h.From, SparkHome: h.SparkHome,
		SSH: map[string]any{}, SSHFrom: map[string]string{},
	}
	if err := j.reach.refused[h.Name]; err != nil {
		found.Error, j.exit = err.Error(), exitUnreachable
		return found
	}
	route := j.reach.routes[h.Name]
	found.Local = j.reach.isLocal(ctx, h.Name, route)
	for _, s := range route.Settings() {
		if s.Keyword == "connecttimeout" { // what counts here, also where nobody has said so
			s.Value = int(j.reach.pool.Bound(route) / time.Second)
		}
		found.Order = append(found.Order, s.Keyword)
		found.SSH[s.Keyword] = s.Value
		if s.From != "" {
			found.SSHFrom[s.Keyword] = j.reach.short(s.From)
		}
	}
	return found
}

// short is a path with the user's home as ~.
func (r *reach) short(path string) string {
	if rest, ok := strings.CutPrefix(path, r.home+"/"); ok && r.home != "" && r.home != "/" {
		return "~/" + rest
	}
	return path
}
