package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind says what is made of a keyword.
type kind int

const (
	ignore    kind = iota // it changes neither whom we reach nor whom we trust
	refuse                // it does, and this version cannot honour it: hosts that it applies to are refused
	wholeLine             // the rest of the line as it stands
	jump                  // ProxyJump
	agent                 // IdentityAgent
	text                  // one word
	list                  // one word or more
	flag                  // yes or no
	number                // not negative
	port                  // 1 to 65535
	interval              // a time as in sshd_config(5), TIME FORMATS
	policy                // StrictHostKeyChecking
)

// keywords are those of ssh_config(5), OpenSSH 9.2 to 10.0, and the deprecated ones that ssh
// reads past.
var keywords = table(map[kind]string{
	text: "hostname user identityfile hostkeyalias ignoreunknown", agent: "identityagent", list: "userknownhostsfile globalknownhostsfile",
	flag: "identitiesonly batchmode hashknownhosts", number: "serveralivecountmax", port: "port",
	interval: "connecttimeout serveraliveinterval", policy: "stricthostkeychecking", jump: "proxyjump", wholeLine: "proxycommand",
	refuse: "addressfamily bindaddress bindinterface canonicalizehostname certificatefile ciphers macs kexalgorithms " +
		"hostkeyalgorithms pubkeyacceptedalgorithms casignaturealgorithms hostbasedauthentication pubkeyauthentication " +
		"pkcs11provider securitykeyprovider knownhostscommand revokedhostkeys requiredrsasize " +
		"proxyusefdpass nohostauthenticationforlocalhost",
	ignore: "addkeystoagent canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames " +
		"channeltimeout checkhostip clearallforwardings compression connectionattempts controlmaster controlpath controlpersist " +
		"dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fingerprinthash forkafterauthentication " +
		"forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication gssapidelegatecredentials " +
		"gssapikeyexchange gssapirenewalforcesrekey gssapitrustdns gssapiserveridentity gssapiclientidentity gssapikexalgorithms " +
		"hostbasedacceptedalgorithms ipqos kbdinteractiveauthentication kbdinteractivedevices localcommand localforward " +
		"loglevel logverbose numberofpasswordprompts obscurekeystroketiming passwordauthentication permitlocalcommand permitremoteopen " +
		"preferredauthentications rekeylimit remotecommand remoteforward requesttty sendenv sessiontype setenv stdinnull " +
		"streamlocalbindmask streamlocalbindunlink syslogfacility tag tcpkeepalive tunnel tunneldevice updatehostkeys verifyhostkeydns " +
		"versionaddendum visualhostkey warnweakcrypto xauthlocation " +
		"afstokenpassing cipher fallbacktorsh globalknownhostsfile2 kerberosauthentication kerberostgtpassing protocol " +
		"rhostsauthentication rhostsrsaauthentication rsaauthentication smartcarddevice useblacklistedkeys useprivilegedport " +
		"userknownhostsfile2 useroaming usersh",
})

func table(kinds map[kind]string) map[string]kind {
	all := map[string]kind{}
	for k, names := range kinds {
		for name := range strings.FieldsSeq(names) {
			all[name] = k
		}
	}
	return all
}

// renamed are former names of keywords.
var renamed = map[string]string{
	"pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms", "hostbasedkeytypes": "hostbasedacceptedalgorithms",
	"hostbasedacceptedkeytypes": "hostbasedacceptedalgorithms", "challengeresponseauthentication": "kbdinteractiveauthentication",
	"skeyauthentication": "kbdinteractiveauthentication", "tisauthentication": "kbdinteractiveauthentication",
	"keepalive": "tcpkeepalive", "dsaauthentication": "pubkeyauthentication", "identityfile2": "identityfile",
}

// harmless are the values with which a keyword of kind refuse says what is so anyway.
var harmless = map[string]string{
	"addressfamily": "any", "canonicalizehostname": "no", "hostbasedauthentication": "no", "pubkeyauthentication": "yes",
	"proxyusefdpass": "no", "nohostauthenticationforlocalhost": "no",
	"pkcs11provider": "none", "revokedhostkeys": "none", "certificatefile": "none", "knownhostscommand": "none",
}

// check refuses the values that ssh refuses. The hops of a ProxyJump become its args.
func (l *line) check(k kind) (err error) {
	value := l.args[0]
	if len(l.args) > 1 && !slices.Contains([]kind{list, refuse, jump, wholeLine}, k) {
		return l.refuse("", "more than one value: %q", l.args[1])
	}
	switch k {
	case flag:
		_, err = parseFlag(value)
	case number:
		_, err = parseNumber(value)
	case port:
		_, err = parsePort(value)
	case interval:
		_, err = parseTime(value)
	case policy:
		_, err = parsePolicy(value)
	case jump:
		l.args, err = parseJump(l.rest)
	case agent:
		if name, ok := strings.CutPrefix(value, "$"); ok && !strings.HasPrefix(name, "{") && !variable.MatchString(name) {
			err = fmt.Errorf("%q is no name of a variable", name)
		}
	case list:
		if len(l.args) > 1 && slices.ContainsFunc(l.args, isNone) {
			err = errors.New("none stands alone")
		}
	}
	if err != nil {
		return l.refuse("", "%w", err)
	}
	return nil
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)

func isNone(s string) bool { return strings.EqualFold(s, "none") }

func parseFlag(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "yes", "true":
		return true, nil
	case "no", "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", s)
}

func parseNumber(s string) (int, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return int(n), nil
}

func parsePort(s string) (int, error) {
	if s == "ssh" {
		return 22, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 || s[0] == '+' {
		return 0, fmt.Errorf("%q is no port", s)
	}
	return n, nil
}

// parseTime reads 1h30m, 90 (seconds) or none, which is 0.
func parseTime(s string) (time.Duration, error) {
	if s == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var total time.Duration
	for rest := strings.ToLower(s); ; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", s)
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			var ok bool
			if unit, ok = units[rest[0]]; !ok {
				return 0, fmt.Errorf("%q is no time", s)
			}
			rest = rest[1:]
		}
		if total += time.Duration(n) * unit; n > math.MaxInt32/int64(unit/time.Second) || total > math.MaxInt32*time.Second {
			return 0, fmt.Errorf("%q is too long a time", s)
		}
		if rest == "" {
			return total, nil
		}
	}
}

func parsePolicy(s string) (Strict, error) {
	switch strings.ToLower(s) {
	case "yes", "true":
		return Yes, nil
	case "no", "false", "off":
		return No, nil
	case "accept-new":
		return AcceptNew, nil
	case "ask":
		return Ask, nil
	}
	return 0, fmt.Errorf("%q is not yes, no, ask or accept-new", s)
}
