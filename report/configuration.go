package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Configuration is all that was resolved before any host is touched; the answer of config.
type Configuration struct {
	Schema    int               `json:"schema"`
	Command   string            `json:"command"`
	ConfDir   string            `json:"conf_dir"`
	SparkHome string            `json:"spark_home,omitempty"`
	MasterURL string            `json:"master_url"`
	Files     ConfigFiles       `json:"files"`
	Env       map[string]string `json:"env"`      // what spark-env.sh sets
	EnvFrom   map[string]string `json:"env_from"` // file:line of what gave each its value, where that is sure
	Hosts     []ConfigHost      `json:"hosts"`
}

// ConfigFiles are the files that were read.
type ConfigFiles struct {
	Hosts    string   `json:"hosts,omitempty"`
	Masters  string   `json:"masters,omitempty"`
	SparkEnv string   `json:"spark_env,omitempty"`
	SSH      []string `json:"ssh_config"` // in the order of reading
}

// ConfigHost is one host and the way to it.
type ConfigHost struct {
	Host      string            `json:"host"`
	Roles     []string          `json:"roles"`
	Local     bool              `json:"local"`
	From      string            `json:"from"` // where the name stands: file:line
	SparkHome string            `json:"spark_home,omitempty"`
	SSH       map[string]any    `json:"ssh"`             // under the names of ssh -G
	SSHFrom   map[string]string `json:"ssh_from"`        // file:line of what stands in a file
	Error     string            `json:"error,omitempty"` // why ssh's settings are not known

	Order []string `json:"-"` // of the names in SSH
}

// Configuration writes the answer of config, without what looks like a secret. Text leaves out
// the settings of ssh that are nobody's wish, unless Verbose.
func (p *Printer) Configuration(c Configuration) error {
	c.Schema = 1
	p.hide(&c)
	if p.Format != Text {
		return encode(p.Out, c)
	}
	head := newTable()
	for _, row := range [][2]string{
		{"conf directory", c.ConfDir}, {"SPARK_HOME", c.SparkHome}, {"master URL", c.MasterURL}, {"hosts", c.Files.Hosts}, {"masters", c.Files.Masters},
		{"spark-env.sh", c.Files.SparkEnv}, {"ssh_config", strings.Join(c.Files.SSH, " ")},
	} {
		if row[1] != "" {
			head.AppendRow(table.Row{row[0], printable(row[1])})
		}
	}
	fmt.Fprintln(p.Out, head.Render())
	if len(c.Env) > 0 {
		fmt.Fprintln(p.Out)
	}
	env := newTable()
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		env.AppendRow(table.Row{name + "=" + printable(c.Env[name]), c.EnvFrom[name]})
	}
	if len(c.Env) > 0 {
		fmt.Fprintln(p.Out, env.Render())
	}
	for _, l := range p.alike(c.Hosts) {
		fmt.Fprintf(p.Out, "\n%s\n%s\n", l.title(p.Fold), l.settings)
	}
	return nil
}

// hostLines is the hosts that are reached in the same way but for their names.
type hostLines struct {
	first    ConfigHost
	settings string
	names    []string
}

func (l hostLines) title(fold func([]string) string) string {
	words := []string{l.first.Host, strings.Join(l.first.Roles, ","), l.first.From}
	if len(l.names) > 1 {
		words[0], words[2] = fold(l.names), l.first.From+" and on"
	}
	if l.first.Local {
		words = append(words, "this machine")
	}
	if l.first.SparkHome != "" {
		words = append(words, "SPARK_HOME "+l.first.SparkHome)
	}
	return printable(strings.Join(words, "  "))
}

// alike puts hosts together, unless Verbose.
func (p *Printer) alike(hosts []ConfigHost) []hostLines {
	var all []hostLines
	at := map[string]int{}
	for _, h := range hosts {
		settings := p.settings(h)
		key := strings.Join(h.Roles, ",") + "\n" + fmt.Sprint(h.Local) + Row{Host: h.Host}.plain(settings)
		i, found := at[key]
		if !found || p.Verbose || p.Fold == nil {
			i = len(all)
			at[key], all = i, append(all, hostLines{first: h, settings: settings})
		}
		all[i].names = append(all[i].names, h.Host)
	}
	return all
}

// settings are those of ssh for a host, each with the file and line that it came from.
func (p *Printer) settings(h ConfigHost) string {
	if h.Error != "" {
		return "  " + oneLine(h.Error)
	}
	t := newTable()
	for _, name := range h.Order {
		from := h.SSHFrom[name]
		if from == "" && !p.Verbose && !slices.Contains([]string{"hostname", "port", "user"}, name) {
			continue
		}
		value := fmt.Sprint(h.SSH[name])
		if words, ok := h.SSH[name].([]string); ok {
			value = strings.Join(words, " ")
		}
		t.AppendRow(table.Row{"  " + name, printable(value), from})
	}
	return t.Render()
}

// hide takes the secrets out.
func (p *Printer) hide(c *Configuration) {
	if p.Mask == nil {
		return
	}
	env := map[string]string{}
	for name, value := range c.Env {
		env[name] = p.Mask(name, value)
	}
	c.Env = env
	for _, h := range c.Hosts {
		words, _ := h.SSH["setenv"].([]string)
		shown := slices.Clone(words)
		for i, word := range shown {
			if variable, secret, ok := strings.Cut(word, "="); ok {
				shown[i] = variable + "=" + p.Mask(variable, secret)
			}
		}
		if len(shown) > 0 {
			h.SSH["setenv"] = shown
		}
	}
}
