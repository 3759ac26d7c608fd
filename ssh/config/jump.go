package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// parseJump is a ProxyJump: its hops, or none. ssh reads it raw, quotes and all, and cuts it
// at a comment.
func parseJump(rest string) ([]string, error) {
	rest = strings.TrimLeft(rest, white+"=")
	if isNone(rest) {
		return []string{"none"}, nil
	}
	rest, _, _ = strings.Cut(rest, "#")
	hops := strings.Split(strings.TrimRight(rest, white), ",")
	for i, hop := range hops {
		name, uri := strings.CutPrefix(hop, "ssh://")
		if uri {
			name = strings.TrimSuffix(name, "/")
		}
		// What a shell would make something of is refused: ssh starts its hops with one.
		_, host, _, err := cutHop(name)
		if err != nil || isNone(host) || strings.HasPrefix(name, "-") || strings.HasPrefix(host, "-") || strings.ContainsAny(name, " \t\r\"'`/\\%$&;|<>(){}*?!") {
			return nil, fmt.Errorf("%q is not user@host:port", hop)
		}
		hops[i] = name
	}
	return hops, nil
}

// cutHop parts user, host and port; port is 0 where none is written.
func cutHop(hop string) (user, host string, number int, err error) {
	user, host = cutUser(hop)
	if strings.HasPrefix(hop, "@") {
		return "", "", 0, errors.New("no user")
	}
	switch inner, open := strings.CutPrefix(host, "["); {
	case open && strings.HasSuffix(inner, "]"):
		host = strings.TrimSuffix(inner, "]")
	case strings.ContainsAny(host, ":[]"):
		var service string
		if host, service, err = net.SplitHostPort(host); err == nil {
			number, err = parsePort(service)
		}
	}
	if err == nil && (host == "" || strings.ContainsAny(host, "[]")) {
		err = errors.New("no host")
	}
	return user, host, number, err
}

func cutUser(name string) (user, host string) {
	i := strings.LastIndexByte(name, '@')
	return name[:max(i, 0)], name[i+1:]
}

// way is ProxyJump and ProxyCommand: the first one counts, but a ProxyJump none stops no
// ProxyCommand.
func (r *resolution) way(h *Host) (err error) {
	if l, ok := r.first["proxyjump"]; ok && l.args[0] != "none" {
		h.Jump = slices.Clone(l.args)
	}
	l, ok := r.first["proxycommand"]
	if !ok || isNone(l.args[0]) || len(h.Jump) > 0 {
		return nil
	}
	tokens := map[byte]string{}
	for _, c := range []byte("%hknpr") {
		tokens[c] = r.tokens[c]
	}
	if h.ProxyCommand, err = expand(l.args[0], tokens, nil); err != nil {
		return l.refuse("", "%w", err)
	}
	return nil
}

// loops is an error where a host is its own bastion. ssh ends with "jumphost loop", or goes
// on for ever.
func (r *resolution) loops(h *Host) error {
	if len(h.Jump) == 0 {
		return nil
	}
	// The hops were checked when they were read.
	user, host, number, _ := cutHop(h.Jump[len(h.Jump)-1])
	own := host == h.HostName && cmp.Or(number, 22) == h.Port && cmp.Or(user, h.User) == h.User
	if own || len(h.Jump) == 1 && strings.EqualFold(host, h.Name) {
		return r.first["proxyjump"].refuse("ProxyJump none in a Host "+host+" block further up", "%s is its own bastion", h.Name)
	}
	return nil
}
