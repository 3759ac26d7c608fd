package commands

import (
	"regexp"
	"slices"
	"strings"
)

// ofSparkops is a line to type of our own.
var ofSparkops = regexp.MustCompile(`(^|[\s(])sparkops ([a-z]+-?[a-z]*)`)

// elsewhere are the verbs that go to no cluster.
var elsewhere = []string{"sandbox", "help", "explain"}

// ofMasters are the verbs that workers are none of: what another verb was told to select is not
// for them.
var ofMasters = []string{"start-master", "stop-master"}

// again repeats, in a hint, the flags that say which cluster it is about; of a result, which
// hosts too. Otherwise what was typed would be about another one.
func (a *app) again(hint string, ofResult bool) string {
	repeat := [][]string{{"conf-dir", "config"}, {"spark-home"}, {"ssh-config", "F"}}
	if ofResult {
		repeat = append(repeat, []string{"hosts", "w"}, []string{"exclude", "x"})
	}
	hinted := strings.Fields(hint)
	var flags, cluster []string
	for _, names := range repeat {
		named := func(word string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
			return strings.HasPrefix(word, "-") && slices.Contains(names, name)
		}
		if names[0] == "exclude" && slices.ContainsFunc(hinted, func(word string) bool { return word == "-w" || word == "--hosts" }) {
			continue
		}
		if !slices.ContainsFunc(hinted, named) {
			flags = append(flags, a.given.only(names...)...)
		}
		if names[0] != "hosts" && names[0] != "exclude" {
			cluster = slices.Clone(flags)
		}
	}
	hint = bySSH.ReplaceAllString(hint, "${1}ssh "+strings.ReplaceAll(a.sshFile(), "$", "$$")+"$2")
	if len(flags) == 0 {
		return hint
	}
	return ofSparkops.ReplaceAllStringFunc(hint, func(line string) string {
		verb := line[strings.LastIndexByte(line, ' ')+1:]
		if find(a.all, verb) == nil || slices.Contains(elsewhere, verb) {
			return line
		}
		more := flags
		if slices.Contains(ofMasters, verb) && a.given.command != verb {
			more = cluster
		}
		return strings.TrimSuffix(line+" "+quoteWords(more), " ")
	})
}

// bySSH is a line to type for ssh, of which the host comes next.
var bySSH = regexp.MustCompile(`(^|[\s(])ssh ((?:-t )?[\w])`)

// sshFile is the -F by which ssh reads what sparkops has read, with a blank behind it.
func (a *app) sshFile() string {
	file, _ := a.world.Getenv("SPARKOPS_SSH_CONFIG")
	if typed := a.given.only("ssh-config", "F"); len(typed) > 0 {
		file = typed[len(typed)-1]
		if strings.HasPrefix(file, "-") {
			_, file, _ = strings.Cut(file, "=")
		}
	}
	if file == "" {
		return ""
	}
	return "-F " + quoteWords([]string{file}) + " "
}

// only is one flag with its value, by all of its names, as often as it was typed.
func (a arrangement) only(names ...string) []string {
	var kept []string
	for i := 0; i < len(a.flags); i++ {
		name, _, joined := strings.Cut(strings.TrimLeft(a.flags[i], "-"), "=")
		if !strings.HasPrefix(a.flags[i], "-") || !slices.Contains(names, name) {
			continue
		}
		kept = append(kept, a.flags[i])
		if !joined && i+1 < len(a.flags) {
			i++
			kept = append(kept, a.flags[i])
		}
	}
	return kept
}
