package config

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// canonical is the name to connect to, for what HostName has made of the one that was asked
// for: an address in its usual form, or what CanonicalizeHostname makes of it.
func (r *resolution) canonical(ctx context.Context, host string) (string, error) {
	address, numeric := parseAddress(host, strings.ToLower(r.word("addressfamily")))
	switch asked := r.canonicalizes(); {
	case numeric:
		return address, nil
	case asked == "no", asked == "yes" && !r.direct():
		return host, nil
	case strings.ContainsAny(host, "%:"), strings.Trim(host, "0123456789.") == "": // an address gone wrong
		return host, nil
	}
	most := 1
	if v := r.word("canonicalizemaxdots"); v != "" {
		most, _ = parseNumber(v)
	}
	var tries []string
	switch {
	case strings.HasSuffix(host, "."):
		tries = []string{host}
	case strings.Count(host, ".") > most:
		return host, nil
	default:
		for _, domain := range r.first["canonicaldomains"].args {
			if !isNone(domain) {
				tries = append(tries, host+"."+strings.TrimRight(strings.ToLower(domain), ".")+".")
			}
		}
	}
	for _, name := range tries {
		cname, err := r.lookUp(ctx, name)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil {
			return r.follow(strings.TrimSuffix(name, "."), cname), nil
		}
	}
	if l, ok := r.first["canonicalizefallbacklocal"]; ok {
		if local, _ := parseFlag(l.args[0]); !local {
			return "", l.refuse("", "%s is in none of the CanonicalDomains", host)
		}
	}
	// ssh follows the CNAME of what the system's search finds, too.
	if r.permitted() == nil {
		return host, nil
	}
	if cname, err := r.lookUp(ctx, host); err == nil {
		return r.follow(host, cname), nil
	}
	return host, ctx.Err()
}

// canonicalizes is CanonicalizeHostname: no, yes or always.
func (r *resolution) canonicalizes() string {
	word := strings.ToLower(r.word("canonicalizehostname"))
	if yes, err := parseFlag(word); err == nil && yes {
		return "yes"
	} else if word == "always" {
		return word
	}
	return "no"
}

// direct reports whether neither a bastion nor a command is between us and the host. For ssh,
// ProxyJump none is one here.
func (r *resolution) direct() bool {
	_, jumps := r.first["proxyjump"]
	command := r.word("proxycommand")
	return !jumps && (command == "" || isNone(command))
}

func (r *resolution) lookUp(ctx context.Context, name string) (string, error) {
	return r.files.names.do(ctx, name, func(ctx context.Context) (string, error) {
		if r.files.Canonical != nil {
			return r.files.Canonical(ctx, name)
		}
		return net.DefaultResolver.LookupCNAME(ctx, name)
	})
}

// permitted is CanonicalizePermittedCNAMEs, nil for none.
func (r *resolution) permitted() []string {
	if l, ok := r.first["canonicalizepermittedcnames"]; ok && !isNone(l.args[0]) {
		return l.args
	}
	return nil
}

// follow is the canonical name of a host if a rule permits it, else the name.
func (r *resolution) follow(name, cname string) string {
	cname = strings.ToLower(strings.TrimSuffix(cname, "."))
	for _, rule := range r.permitted() {
		from, to, _ := strings.Cut(rule, ":")
		if rule == "*" {
			to = "*"
		}
		if cname != "" && patternList(from, name, true) && patternList(to, cname, true) {
			return cname
		}
	}
	return name
}

// parseAddress is the usual form of a numeric address, with the short ones of inet_aton. ssh
// lets one of the other family stand as it is.
func parseAddress(s, family string) (string, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() {
		if family == "inet" || strings.Contains(s, ".") { // netip would write the dots differently
			return s, true
		}
		return a.String(), true
	}
	if family == "inet6" {
		return "", false
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 || !inetAton.MatchString(s) {
		return "", false
	}
	var all uint64
	for i, part := range parts {
		room := 8
		if i == len(parts)-1 {
			room = 8 * (4 - i)
		}
		n, err := strconv.ParseUint(part, 0, room)
		if err != nil {
			return "", false
		}
		all = all<<room | n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(all)))).String(), true
}

var inetAton = regexp.MustCompile(`^(0[xX][0-9a-fA-F]+|[0-9]+)(\.(0[xX][0-9a-fA-F]+|[0-9]+))*$`)
