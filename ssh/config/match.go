package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// criterion is one of a Match line.
type criterion struct {
	name    string // lower case
	negated bool
	value   string
	nets    []netip.Prefix // of localnetwork
	unknown bool           // and whatever follows it was not read
}

// bare are the criteria without a value; valued have one.
var bare = []string{"all", "canonical", "final"}

var valued = []string{"host", "originalhost", "user", "localuser", "exec", "tagged", "localnetwork"}

// criteria reads a Match line as readconf.c's match_cfg_line does: its quotes are double ones,
// a = parts words, and all stands alone or behind one other.
func (l line) criteria() ([]criterion, error) {
	var all []criterion
	words := delimited{rest: l.rest}
	for {
		word, ok := words.next()
		if !ok || word == "" {
			break
		}
		if word[0] == '#' {
			words.ended = true
			break
		}
		name, negated := strings.CutPrefix(word, "!")
		c := criterion{name: strings.ToLower(name), negated: negated}
		switch {
		case c.name == "all":
			if next, ok := words.next(); len(all) > 1 || ok && next != "" && next[0] != '#' {
				return nil, l.refuse("", "all stands alone, or behind canonical or final")
			} else if strings.HasPrefix(next, "#") {
				words.ended = true
			}
			return append(all, c), words.extra(l)
		case slices.Contains(bare, c.name):
		case !looks.MatchString(c.name):
			return nil, l.refuse("", "%q is no criterion", word)
		case !slices.Contains(valued, c.name):
			c.unknown = true
			return append(all, c), nil
		default:
			if c.value, ok = words.next(); !ok || c.value == "" || c.value[0] == '#' {
				return nil, l.refuse("", "%s: %w", word, errMissing)
			}
			if err := c.check(); err != nil {
				return nil, l.refuse("", "%s: %w", word, err)
			}
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, l.refuse("", "a criterion is missing")
	}
	return all, words.extra(l)
}

// check refuses what ssh refuses whether or not it comes to it.
func (c *criterion) check() (err error) {
	switch c.name {
	case "exec":
		_, err = expand(c.value, anything, nil)
	case "localnetwork":
		for word := range strings.SplitSeq(c.value, ",") {
			prefix, wrong := netip.ParsePrefix(word)
			if addr, plain := netip.ParseAddr(word); plain == nil {
				prefix, wrong = netip.PrefixFrom(addr, addr.BitLen()), nil
			}
			if wrong != nil {
				return fmt.Errorf("%q is no network", word)
			}
			c.nets = append(c.nets, prefix)
		}
	}
	return err
}

// meets reports whether a Match applies here and now. What is unknown is left to ssh, if all
// in front of it holds.
func (r *resolution) meets(ctx context.Context, b *block) (bool, error) {
	host := r.host
	if l, ok := r.first["hostname"]; ok && !r.final {
		var err error
		if host, err = expand(l.args[0], map[byte]string{'%': "%", 'h': r.host}, nil); err != nil {
			return false, l.refuse("", "%w", err)
		}
	}
	user := cmp.Or(r.word("user"), r.files.User)
	for _, c := range b.criteria {
		if c.unknown {
			if !r.undecided {
				r.undecided, r.why = true, b.head
				r.why.keyword += " " + c.name
			}
			return false, nil
		}
		var holds bool
		switch c.name {
		case "all":
			holds = true
		case "canonical", "final": // ssh makes no difference between them
			holds = r.final
		case "host":
			holds = patternList(c.value, strings.ToLower(host), true)
		case "originalhost":
			holds = patternList(c.value, strings.ToLower(r.name), true)
		case "user":
			holds = patternList(c.value, user, false)
		case "localuser":
			holds = patternList(c.value, r.files.User, false)
		case "tagged":
			holds = patternList(c.value, r.word("tag"), false)
		case "localnetwork":
			holds = r.files.on(c.nets)
		case "exec":
			var err error
			if holds, err = r.exec(ctx, c.value, host, user); err != nil {
				return false, b.head.refuse("", "exec %q: %w", c.value, err)
			}
		}
		if holds == c.negated {
			return false, nil
		}
	}
	return true, nil
}

// exec runs a command as ssh does, by the user's shell; each text once.
func (r *resolution) exec(ctx context.Context, command, host, user string) (bool, error) {
	port, _ := parsePort(cmp.Or(r.word("port"), "22")) // it was checked when it was read
	tokens := r.common(host, user, strconv.Itoa(port))
	tokens['k'] = cmp.Or(r.word("hostkeyalias"), host)
	command, err := expand(command, tokens, nil)
	if err != nil {
		return false, err
	}
	shell, _ := r.files.env("SHELL")
	return r.files.commands.do(ctx, command, func(ctx context.Context) (bool, error) {
		err := program(ctx, nil, nil, cmp.Or(shell, "/bin/sh"), "-c", command)
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
			return false, nil
		}
		return err == nil, err
	})
}

// on reports whether this machine has an address in one of the networks.
func (f *Files) on(nets []netip.Prefix) bool {
	addresses := f.Addresses
	if addresses == nil {
		addresses = interfaces
	}
	all, err := addresses()
	return err == nil && slices.ContainsFunc(all, func(a netip.Addr) bool {
		return slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Contains(a.Unmap().WithZone("")) })
	})
}

func interfaces() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	var addresses []netip.Addr
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			addresses = append(addresses, prefix.Addr())
		}
	}
	return addresses, err
}

// anything has all tokens of a Match exec, to see which are none.
var anything = map[byte]string{'%': "", 'C': "", 'L': "", 'd': "", 'h': "", 'i': "", 'j': "", 'k': "", 'l': "", 'n': "", 'p': "", 'r': "", 'u': ""}
