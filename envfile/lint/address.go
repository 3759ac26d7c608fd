package lint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// hostName is what may stand where a host is meant; of its underscores more below.
var hostName = lazily(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// noHosts finds URLs, ports, lists and blanks in variables that take one host.
func noHosts(t *text) (all []Finding) {
	for _, a := range t.of(host) {
		if level, _ := t.bareName(a); level != "" || a.value == "" || hostName().MatchString(a.value) || t.isAddress(a.value) {
			continue
		}
		f := Finding{Line: a.line, Var: a.name}
		name := a.value
		_, rest, isURL := strings.Cut(name, "://")
		if isURL {
			name, _, _ = strings.Cut(rest, "/")
		}
		name, number, hasPort := strings.Cut(name, ":")
		switch {
		case strings.Contains(a.value, ","):
			f.Message = fmt.Sprintf("%s=%s is a list: it takes one host", a.name, a.value)
			f.Hint = "one master a line in conf/masters, and no " + a.name
		case isURL:
			f.Message = fmt.Sprintf("%s=%s is a URL: it takes a host", a.name, a.value)
		case hasPort && strings.Trim(number, "0123456789") == "":
			f.Message = fmt.Sprintf("%s=%s has a port: it takes a host", a.name, a.value)
		default:
			f.Message = fmt.Sprintf("%s=%q is no host name and no address", a.name, a.value)
			f.Hint = a.name + "=HOST   as it stands in DNS or /etc/hosts"
		}
		if f.Hint == "" && hostName().MatchString(name) {
			f.Hint = a.name + "=" + name
			if master := strings.HasPrefix(a.name, "SPARK_MASTER_"); master && number != "" && number != "7077" {
				f.Hint += "   and   SPARK_MASTER_PORT=" + number
			}
		}
		if a.name == "SPARK_PUBLIC_DNS" {
			f.Level, f.Effect = Warning, "links to logs and web pages lead nowhere"
		}
		all = append(all, f)
	}
	return all
}

// isAddress reports whether value is an IP address that Spark takes: with brackets or without,
// but no IPv6 before 3.1.
func (t *text) isAddress(value string) bool {
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(value, "["), "]"))
	return err == nil && (ip.Is4() || !before(t.Version, "3.1"))
}

func underscores(t *text) (all []Finding) {
	for _, a := range t.of(host) {
		level, _ := t.bareName(a)
		if level != "" || !strings.Contains(a.value, "_") || !hostName().MatchString(a.value) {
			continue
		}
		f := Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s: a host name has no underscore", a.name, a.value),
			Hint: a.name + "=" + strings.ReplaceAll(a.value, "_", "-") + "   with that name in DNS or /etc/hosts, or an address"}
		if !strings.HasPrefix(a.name, "SPARK_MASTER_") {
			f.Level, f.Effect = Warning, "Java takes it for no host name where it stands in a URL"
		}
		all = append(all, f)
	}
	return all
}

// thisHost holds 127.0.0.1 and Debian's 127.0.1.1. Who writes another loopback address has
// several hosts on one machine.
var thisHost = netip.MustParsePrefix("127.0.0.0/16")

// localMaster finds a master's address that means another host on each host.
func localMaster(t *text) (all []Finding) {
	if t.Hosts < 2 {
		return nil
	}
	for _, a := range t.live("SPARK_MASTER_HOST", "SPARK_MASTER_IP") {
		ip, err := netip.ParseAddr(strings.Trim(a.value, "[]"))
		if a.known && (a.value == "localhost" || err == nil && (thisHost.Contains(ip.Unmap()) || ip == netip.IPv6Loopback() || ip.IsUnspecified())) {
			all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s goes to %d hosts, and means each of them", a.name, a.value, t.Hosts),
				Hint: a.name + "=HOST   by which all of them find the master"})
		}
	}
	return all
}

// shouting is how the names of variables look, and nothing else that a value may be.
var shouting = lazily(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

const ofAlias = "the name of an alias of this file"

// bareName reports whether a value is a name whose $ is missing: how sure that is ("" if it is
// none), and why it looks so.
func (t *text) bareName(a assign) (Level, string) {
	if !a.literal || kindOf(a.name) == words || kindOf(a.name) == options || a.value == a.name {
		return "", ""
	}
	_, set := t.sets[a.value]
	_, spark := variables[a.value]
	named := slices.Contains(t.Names, a.value)
	switch {
	case shouting().MatchString(a.value) && (set || spark || named):
		return Error, "the name of a variable"
	case shouting().MatchString(a.value):
		return Error, "what names of variables look like"
	case set:
		return Warning, "the name of a variable of this file"
	case kindOf(a.name) == host && t.aliases[a.value]:
		return Warning, ofAlias
	case kindOf(a.name) == host && named:
		return Warning, "the name of a variable or an alias of your shell"
	}
	return "", ""
}

func bareNames(t *text) (all []Finding) {
	for _, a := range t.live() {
		if level, why := t.bareName(a); level != "" {
			f := Finding{Line: a.line, Var: a.name, Level: level,
				Message: fmt.Sprintf("%s=%s: the value is %s, without $", a.name, a.value, why), Hint: fmt.Sprintf("%s=$%s", a.name, a.value)}
			if why == ofAlias { // no $ would help
				f.Message, f.Hint = fmt.Sprintf("%s=%s: the value is %s", a.name, a.value, why), a.name+"=HOST   by the name that all hosts know, or an address"
			}
			all = append(all, f)
		}
	}
	return all
}

// perHost finds addresses of one host where the file goes to several. What the file computes,
// or sets in an if, may differ between hosts.
func perHost(t *text) (all []Finding) {
	if t.Hosts < 2 {
		return nil
	}
	for _, a := range t.live("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME", "SPARK_PUBLIC_DNS") {
		if !a.literal || !a.always || a.value == "" {
			continue
		}
		ip, err := netip.ParseAddr(a.value)
		f := Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s goes to %d hosts, and names one", a.name, a.value, t.Hosts),
			Hint: "take it out, and put it into conf/spark-env.HOST.sh of its host"}
		switch {
		case err == nil && ip.IsUnspecified():
			continue
		case a.name == "SPARK_PUBLIC_DNS":
			f.Level, f.Effect = Warning, "links to logs and web pages of every host lead to that one"
		case a.name == "SPARK_LOCAL_HOSTNAME":
			f.Effect = "all workers register under the one name: executors elsewhere are never reached"
		case a.value == "localhost" || err == nil && ip.IsLoopback():
			f.Level, f.Effect = Warning, "each worker registers with an address at which only its own host finds it"
		case err != nil:
			f.Level, f.Effect = Warning, "where the name does not lead to the host itself, the worker ends: Service 'sparkWorker' could not bind"
		default:
			f.Effect = "on every other host the daemon ends: Cannot assign requested address: Service 'sparkWorker' failed after 16 retries"
		}
		all = append(all, f)
	}
	return all
}
