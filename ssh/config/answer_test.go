package config

import (
	"cmp"
	"context"
	"crypto/sha1"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// compared is what is compared of a host, by the names of ssh -G, and what stands there when
// nothing is configured.
var compared = []struct{ name, unset string }{
	{"hostname", ""}, {"port", ""}, {"user", ""}, {"identityfile", "(default)"}, {"certificatefile", ""}, {"identitiesonly", "no"},
	{"identityagent", ""}, {"proxyjump", ""}, {"proxycommand", ""}, {"stricthostkeychecking", "ask"},
	{"userknownhostsfile", "HOME/.ssh/known_hosts HOME/.ssh/known_hosts2"}, {"globalknownhostsfile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"},
	{"hostkeyalias", ""}, {"connecttimeout", "none"}, {"connectionattempts", "1"}, {"serveraliveinterval", "0"}, {"serveralivecountmax", "3"},
	{"addressfamily", "any"}, {"bindaddress", ""}, {"bindinterface", ""}, {"ciphers", ""}, {"kexalgorithms", ""}, {"macs", ""},
	{"hostkeyalgorithms", ""}, {"pubkeyacceptedalgorithms", ""}, {"preferredauthentications", ""}, {"batchmode", "no"},
	{"numberofpasswordprompts", "3"}, {"pubkeyauthentication", "yes"}, {"passwordauthentication", "yes"}, {"kbdinteractiveauthentication", "yes"},
	{"hashknownhosts", "no"}, {"controlpath", ""}, {"sendenv", ""}, {"setenv", ""}, {"revokedhostkeys", ""},
}

// preferences are those whose values are lists in the order of preference. They are
// compared as [difference] has them, so that a default of another version does not matter.
var preferences = []string{"ciphers", "kexalgorithms", "macs", "hostkeyalgorithms", "pubkeyacceptedalgorithms"}

// sheet is an answer in one form, whoever gave it: a value for each of [compared].
type sheet map[string]string

func (s sheet) String() string {
	var b strings.Builder
	for _, k := range compared {
		fmt.Fprintf(&b, "%s=%s\n", k.name, s[k.name])
	}
	return b.String()
}

// brief leaves out what is so without any configuration.
func (s sheet) brief(home string) string {
	var b strings.Builder
	for _, k := range compared {
		if k.unset == "" && s[k.name] != "" || k.unset != "" && s[k.name] != strings.ReplaceAll(k.unset, "HOME", home) {
			fmt.Fprintf(&b, "%s=%s\n", k.name, s[k.name])
		}
	}
	return b.String()
}

// answer is ours.
func answer(h *Host) string { return sheetOf(h, nil).String() }

func sheetOf(h *Host, defaults map[string]string) sheet {
	set := func(keyword, value, unset string) string {
		if h.From[keyword] == "" {
			return unset
		}
		return value
	}
	flag := map[bool]string{true: "yes", false: "no"}
	seconds := func(keyword string, n float64, unset string) string {
		if n == 0 {
			return unset
		}
		return strconv.Itoa(int(n))
	}
	keys := "(default)"
	if h.IdentitiesSet {
		keys = strings.Join(h.Identities, " ")
	}
	s := sheet{
		"hostname": h.HostName, "port": strconv.Itoa(h.Port), "user": h.User, "identityfile": keys, "certificatefile": strings.Join(h.Certificates, " "),
		"identitiesonly": flag[h.IdentitiesOnly], "identityagent": h.Agent, "proxyjump": hops(strings.Join(h.Jump, ",")), "proxycommand": h.ProxyCommand,
		// It is accept-new here where ssh asks.
		"stricthostkeychecking": set("stricthostkeychecking", []string{AcceptNew: "accept-new", Yes: "yes", Ask: "ask", No: "no"}[h.Strict], "ask"),
		"userknownhostsfile":    cmp.Or(strings.Join(h.KnownHosts, " "), "none"), "globalknownhostsfile": cmp.Or(strings.Join(h.GlobalKnownHosts, " "), "none"),
		"hostkeyalias": h.HostKeyAlias, "connecttimeout": seconds("connecttimeout", h.ConnectTimeout.Seconds(), "none"),
		"connectionattempts":  strconv.Itoa(max(h.Attempts, 1)),
		"serveraliveinterval": seconds("serveraliveinterval", h.AliveInterval.Seconds(), "0"),
		"serveralivecountmax": set("serveralivecountmax", strconv.Itoa(h.AliveMax), "3"),
		"addressfamily":       cmp.Or(h.AddressFamily, "any"), "bindaddress": h.BindAddress, "bindinterface": h.BindInterface,
		"preferredauthentications": strings.Join(h.PreferredAuth, ","), "batchmode": flag[h.Batch], "numberofpasswordprompts": strconv.Itoa(h.Prompts),
		"pubkeyauthentication": flag[!h.NoPubkey], "passwordauthentication": flag[!h.NoPassword], "kbdinteractiveauthentication": flag[!h.NoKbdInter],
		"hashknownhosts": flag[h.HashKnownHosts], "controlpath": h.ControlPath, "sendenv": strings.Join(h.SendEnv, " "), "setenv": strings.Join(h.SetEnv, " "),
		"revokedhostkeys": h.RevokedHostKeys,
	}
	for i, list := range []string{h.Ciphers, h.KexAlgorithms, h.MACs, h.HostKeyAlgorithms, h.PubkeyAlgorithms} {
		s[preferences[i]] = difference(assembled(list, defaults[preferences[i]]), defaults[preferences[i]])
	}
	return s.even()
}

// even leaves out what makes no difference: a variable to send that is named again, as a second
// pass through the files does, and what Debian's ssh does on its own, 300 seconds between its
// keepalives where nobody is there to ask.
func (s sheet) even() sheet {
	var send []string
	for name := range strings.FieldsSeq(s["sendenv"]) {
		if !slices.Contains(send, name) {
			send = append(send, name)
		}
	}
	s["sendenv"] = strings.Join(send, " ")
	if s["batchmode"] == "yes" && s["serveraliveinterval"] == "300" {
		s["serveraliveinterval"] = "0"
	}
	return s
}

// questioned is who is asked, on what machine.
type questioned struct {
	options  Options
	name     string            // without user@
	defaults map[string]string // lists of algorithms of a bare ssh -G
}

// theirs is what ssh -G printed. It leaves some values as they are written; what ssh makes
// of them when it connects is done here, and an error is what it would end with then.
func (a questioned) theirs(out string) (s sheet, err error) {
	values := map[string][]string{}
	for l := range strings.Lines(out) {
		keyword, value, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
		values[strings.ToLower(keyword)] = append(values[strings.ToLower(keyword)], value)
	}
	s = sheet{}
	for _, k := range compared {
		s[k.name] = strings.Join(values[k.name], " ")
	}
	strict := map[string]string{"true": "yes", "false": "no", "off": "no", "unbound": "yes", "host-bound": "yes"}
	for _, k := range []string{"stricthostkeychecking", "pubkeyauthentication"} {
		s[k] = cmp.Or(strict[s[k]], s[k])
	}
	if s["connecttimeout"] == "0" {
		s["connecttimeout"] = "none"
	}
	s["proxyjump"] = hops(s["proxyjump"])
	tokens := a.tokens(s)
	paths := func(all []string) string {
		var expanded []string
		for _, path := range all {
			if !strings.EqualFold(path, "none") && err == nil {
				path, err = a.path(path, tokens)
				expanded = append(expanded, path)
			}
		}
		return strings.Join(expanded, " ")
	}
	s["certificatefile"] = paths(values["certificatefile"])
	if slices.ContainsFunc(values["identityfile"], func(s string) bool { return strings.HasPrefix(s, "~/.ssh/id_rsa") }) && len(values["identityfile"]) > 1 {
		s["identityfile"] = "(default)"
	} else {
		s["identityfile"] = paths(values["identityfile"])
	}
	if command := s["proxycommand"]; command != "" {
		s["proxycommand"], err = replace(command, tokens, "%hnpr", nil, err)
	}
	s["identityagent"] = a.agent(values["identityagent"])
	for _, k := range preferences {
		s[k] = difference(s[k], a.defaults[k])
	}
	for _, k := range []string{"revokedhostkeys", "controlpath"} {
		if strings.EqualFold(s[k], "none") {
			s[k] = ""
		}
	}
	return s.even(), err
}

func (a questioned) agent(printed []string) string {
	value := append(printed, "SSH_AUTH_SOCK")[0]
	name, variable := strings.CutPrefix(value, "$")
	switch {
	case value == "none":
		return ""
	case value == "SSH_AUTH_SOCK" || variable:
		value, _ = a.options.Env(name)
	}
	return value
}

func (a questioned) tokens(s sheet) map[byte]string {
	o := a.options
	short, _, _ := strings.Cut(o.LocalHost, ".")
	sum := sha1.Sum([]byte(o.LocalHost + s["hostname"] + s["port"] + s["user"]))
	return map[byte]string{
		'%': "%", 'C': fmt.Sprintf("%x", sum), 'd': o.Home, 'h': s["hostname"], 'i': strconv.Itoa(o.UID), 'k': cmp.Or(s["hostkeyalias"], a.name),
		'L': short, 'l': o.LocalHost, 'n': a.name, 'p': s["port"], 'r': s["user"], 'u': o.User,
	}
}

func (a questioned) path(path string, tokens map[byte]string) (string, error) {
	home := ""
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		home, path = a.options.Home, rest
		if rest != "" {
			path = "/" + strings.TrimLeft(rest, "/")
		}
	}
	path, err := replace(path, tokens, "%CdhikLlnpru", a.options.Env, nil)
	return home + path, err
}

// hops evens out how a ProxyJump is written.
func hops(value string) string {
	var all []string
	for hop := range strings.SplitSeq(value, ",") {
		hop = strings.TrimSuffix(strings.TrimPrefix(hop, "ssh://"), "/")
		all = append(all, strings.NewReplacer("[", "", "]", "").Replace(hop))
	}
	return strings.Join(all, ",")
}

// resolve loads the files and asks for a name.
func resolve(o Options, name string) (string, error) {
	files, err := Load(o)
	if err != nil {
		return "", err
	}
	h, err := files.Host(context.Background(), name)
	if err != nil {
		return "", err
	}
	return answer(h), nil
}

// envOf is a lookup in NAME=value lines, and nothing else.
func envOf(lines []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, l := range lines {
			if value, ok := strings.CutPrefix(l, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// cleanEnv is the environment that ssh is asked in.
func cleanEnv(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "SHELL=/bin/sh", "LC_ALL=C", "OPENSSL_CONF=/dev/null"} // the last is a tenth of the time
}
