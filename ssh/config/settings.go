package config

import (
	"cmp"
	"strings"
	"time"
)

// Answer is a setting of a host, as ssh -G has it.
type Answer struct {
	Keyword string
	Value   any    // a string, an int, a bool or a []string, which is never nil
	From    string // file:line, "" where it stands in no file
}

// Settings are what a host's configuration comes to, under the names of ssh -G and in a fixed
// order: paths and tokens are expanded, times are in seconds.
func (h *Host) Settings() []Answer {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	all := []Answer{
		{Keyword: "hostname", Value: h.HostName},
		{Keyword: "port", Value: h.Port},
		{Keyword: "user", Value: h.User},
		{Keyword: "identityfile", Value: h.Identities},
		{Keyword: "certificatefile", Value: h.Certificates},
		{Keyword: "identitiesonly", Value: h.IdentitiesOnly},
		{Keyword: "identityagent", Value: h.Agent},
		{Keyword: "proxyjump", Value: strings.Join(h.Jump, ",")},
		{Keyword: "proxycommand", Value: h.ProxyCommand},
		{Keyword: "stricthostkeychecking", Value: h.Strict.String()},
		{Keyword: "userknownhostsfile", Value: h.KnownHosts},
		{Keyword: "globalknownhostsfile", Value: h.GlobalKnownHosts},
		{Keyword: "hostkeyalias", Value: h.HostKeyAlias},
		{Keyword: "connecttimeout", Value: seconds(h.ConnectTimeout)},
		{Keyword: "connectionattempts", Value: cmp.Or(h.Attempts, 1)},
		{Keyword: "serveraliveinterval", Value: seconds(h.AliveInterval)},
		{Keyword: "serveralivecountmax", Value: h.aliveMax()},
		{Keyword: "addressfamily", Value: cmp.Or(h.AddressFamily, "any")},
		{Keyword: "bindaddress", Value: h.BindAddress},
		{Keyword: "ciphers", Value: h.Ciphers},
		{Keyword: "kexalgorithms", Value: h.KexAlgorithms},
		{Keyword: "macs", Value: h.MACs},
		{Keyword: "hostkeyalgorithms", Value: h.HostKeyAlgorithms},
		{Keyword: "preferredauthentications", Value: strings.Join(h.PreferredAuth, ",")},
		{Keyword: "batchmode", Value: h.Batch},
		{Keyword: "sendenv", Value: h.SendEnv},
		{Keyword: "setenv", Value: h.SetEnv},
	}
	for i := range all {
		a := &all[i]
		a.From = h.From[a.Keyword]
		switch words, list := a.Value.([]string); {
		case list && len(words) == 0 && hasDefault[a.Keyword]:
			a.Value = []string{"none"}
		case list && words == nil:
			a.Value = []string{}
		case a.Keyword == "identityagent" && h.NoAgent:
			a.Value = "none"
		}
	}
	return all
}

// hasDefault are the lists that are empty only where none was asked for.
var hasDefault = map[string]bool{"identityfile": true, "userknownhostsfile": true, "globalknownhostsfile": true}

// aliveMax is ServerAliveCountMax with ssh's default; a 0 that was asked for stays one.
func (h *Host) aliveMax() int {
	if h.AliveMax == 0 && h.From["serveralivecountmax"] == "" {
		return 3
	}
	return h.AliveMax
}

// String is the policy in the words of ssh -G.
func (s Strict) String() string {
	return []string{AcceptNew: "accept-new", Yes: "true", Ask: "ask", No: "false"}[s]
}
