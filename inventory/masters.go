package inventory

import (
	"fmt"
	"net/netip"
	"strings"

	"sparkops/shell"
)

// masters reads conf/masters, which is ours: Spark's scripts know one master, and take it
// from a variable. Beside a single master the variable keeps its meaning, the address that
// the workers are told; the file then says how ssh gets there.
func (r *reading) masters() (hosts []Host, file string) {
	list := r.read(r.conf("masters"))
	if list.name == "" {
		return r.masterOfEnv(), ""
	}
	hosts, refused := r.parse(list)
	if len(hosts) == 0 && !refused {
		r.refuse(shell.Errorf(shell.ClassConfig, "rm "+list.file, "reading %s: no hosts in it", list.name))
	}
	named := false
	name, value := r.masterVariable()
	for _, h := range hosts {
		_, host := h.Split()
		named = named || strings.EqualFold(host, value)
		if strings.Contains(host, "_") {
			r.refuse(underscore(h.From, host))
		}
	}
	if value != "" && len(hosts) == 1 {
		if err := checkMaster(name, strings.Trim(value, "[]")); err != nil && strings.Trim(value, "[]") == value {
			r.refuse(err) // the workers are told it, so it has to be a name or an address
		}
	}
	if value != "" && !named && len(hosts) > 1 {
		r.warn(name, fmt.Sprintf("%s is not used: %s names the masters, and not this one", value, list.name))
	}
	return hosts, list.file
}

// masterVariable is the variable that Spark's start-master.sh reads: SPARK_MASTER_IP up to
// 1.6, SPARK_MASTER_HOST from 2.0. The other one has no effect there.
func (r *reading) masterVariable() (name, value string) {
	name, other := "SPARK_MASTER_HOST", "SPARK_MASTER_IP"
	if r.before(2, 0) {
		name, other = other, name
	}
	value = r.variable(name)
	if ignored := r.variable(other); ignored != "" && ignored != value {
		since := "has no effect since Spark 2.0"
		if other == "SPARK_MASTER_HOST" {
			since = "has no effect before Spark 2.0"
		}
		r.warn(other, fmt.Sprintf("%s %s: set %s", ignored, since, name))
	}
	return name, value
}

func (r *reading) masterOfEnv() []Host {
	name, value := r.masterVariable()
	if value == "" {
		return []Host{{Name: "localhost", From: Default}}
	}
	bare, bracketed := strings.CutPrefix(strings.TrimSuffix(value, "]"), "[")
	if _, err := netip.ParseAddr(bare); bracketed && err == nil && strings.HasSuffix(value, "]") {
		return []Host{{Name: bare, From: name}} // Spark takes IPv6 in brackets from 3.1 on; ssh wants none
	}
	if err := checkMaster(name, value); err != nil {
		r.refuse(err)
		return nil
	}
	return []Host{{Name: value, From: name}}
}

// checkMaster refuses what Spark's Master would die of, or take for something else.
func checkMaster(name, value string) error {
	refuse := func(hint, format string, args ...any) error {
		return shell.Errorf(shell.ClassConfig, hint, "reading %s: %q %s", name, value, fmt.Sprintf(format, args...))
	}
	host, port, hasPort := strings.Cut(value, ":")
	_, err := netip.ParseAddr(value)
	switch {
	case strings.Contains(value, "://"):
		_, host, _ = strings.Cut(value, "://")
		host, _, _ = strings.Cut(host, ":")
		return refuse(name+"="+host, "is a URL, not a host name")
	case strings.Contains(value, ","):
		return refuse("write the masters into conf/masters, one a line", "names more than one host")
	case err == nil && strings.Contains(value, ":"):
		return refuse(name+"=["+value+"]", "is an IPv6 address without brackets, which Spark refuses")
	case hasPort:
		return refuse(name+"="+host+" and SPARK_MASTER_PORT="+port, "holds a port")
	case strings.Contains(value, " "):
		return refuse("", "holds a blank")
	case strings.Contains(value, "@"):
		return refuse("write it into conf/masters", "holds a user name")
	case strings.Contains(value, "_"):
		return underscore(name, value)
	}
	if hint, why := checkName(value); why != "" {
		return refuse(hint, "%s", why)
	}
	return nil
}

// underscore: Spark 1.3 and later take the master URL apart with java.net.URI, which sees no
// host in spark://a_b:7077.
func underscore(at, host string) error {
	return shell.Errorf(shell.ClassConfig, "give the host a name without _ in DNS or /etc/hosts, or use its address",
		"reading %s: %q holds an underscore, and Spark takes spark://%s:7077 for an invalid master URL", at, host, host)
}
