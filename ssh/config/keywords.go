package config

import "strings"

// kind says how the values of a keyword are read.
type kind int

const (
	unknown   kind = iota
	ignore         // ssh reads past it
	structure      // Host, Match, Include
	wholeLine      // the rest of the line as it stands
	jump           // ProxyJump
	agent          // IdentityAgent, ForwardAgent
	text           // one word
	preferred      // one word: algorithms with commas
	keyFile        // one word; the lines add up
	pair           // one word or two
	list           // one word or more
	domains        // CanonicalDomains
	cnames         // CanonicalizePermittedCNAMEs
	variables      // SendEnv
	settings       // SetEnv
	flag           // yes or no
	choice         // a word of choices
	number         // not negative
	port           // 1 to 65535
	interval       // a time as in sshd_config(5), TIME FORMATS
	lasting        // a time, yes or no
	character      // EscapeChar
	policy         // StrictHostKeyChecking
)

// keywords are those of ssh_config(5), OpenSSH 9.2 to 10.0 with Debian's, and the deprecated
// ones that ssh reads past.
var keywords = table(map[kind]string{
	structure: "host match include",
	wholeLine: "proxycommand localcommand remotecommand knownhostscommand", jump: "proxyjump", agent: "identityagent forwardagent",
	text: "hostname user hostkeyalias ignoreunknown controlpath bindaddress bindinterface pkcs11provider securitykeyprovider revokedhostkeys " +
		"preferredauthentications kbdinteractivedevices tag refuseconnection versionaddendum xauthlocation tunneldevice streamlocalbindmask dynamicforward " +
		"gssapiserveridentity gssapiclientidentity gssapikexalgorithms",
	preferred: "ciphers macs kexalgorithms hostkeyalgorithms pubkeyacceptedalgorithms casignaturealgorithms hostbasedacceptedalgorithms",
	keyFile:   "identityfile certificatefile",
	pair:      "addkeystoagent ipqos localforward remoteforward rekeylimit",
	list:      "userknownhostsfile globalknownhostsfile channeltimeout logverbose obscurekeystroketiming permitremoteopen warnweakcrypto",
	domains:   "canonicaldomains", cnames: "canonicalizepermittedcnames", variables: "sendenv", settings: "setenv",
	flag: "batchmode canonicalizefallbacklocal checkhostip clearallforwardings enableescapecommandline enablesshkeysign exitonforwardfailure " +
		"forkafterauthentication forwardx11 forwardx11trusted gatewayports gssapiauthentication gssapidelegatecredentials gssapikeyexchange " +
		"gssapirenewalforcesrekey gssapitrustdns hashknownhosts hostbasedauthentication identitiesonly kbdinteractiveauthentication " +
		"nohostauthenticationforlocalhost passwordauthentication permitlocalcommand proxyusefdpass stdinnull streamlocalbindunlink " +
		"tcpkeepalive visualhostkey",
	number:   "canonicalizemaxdots connectionattempts numberofpasswordprompts requiredrsasize serveralivecountmax",
	port:     "port",
	interval: "connecttimeout forwardx11timeout serveraliveinterval", lasting: "controlpersist",
	character: "escapechar", policy: "stricthostkeychecking",
	choice: "addressfamily canonicalizehostname compression controlmaster fingerprinthash loglevel " +
		"pubkeyauthentication requesttty sessiontype syslogfacility tunnel updatehostkeys verifyhostkeydns",
	ignore: "afstokenpassing cipher fallbacktorsh globalknownhostsfile2 kerberosauthentication kerberostgtpassing protocol " +
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
	"keepalive": "tcpkeepalive", "rsaminsize": "requiredrsasize", "dsaauthentication": "pubkeyauthentication", "identityfile2": "identityfile",
}

// choices are the words that a keyword may have, whatever their case.
var choices = map[string]string{
	"addressfamily":        "any inet inet6",
	"canonicalizehostname": "yes no true false always",
	"compression":          "yes no",
	"controlmaster":        "yes no true false auto ask autoask",
	"fingerprinthash":      "md5 sha1 sha256 sha384 sha512",
	"loglevel":             "quiet fatal error info verbose debug debug1 debug2 debug3",
	"pubkeyauthentication": "yes no true false unbound host-bound",
	"requesttty":           "yes no true false force auto",
	"sessiontype":          "none subsystem default",
	"syslogfacility":       "daemon user auth authpriv local0 local1 local2 local3 local4 local5 local6 local7",
	"tunnel":               "yes no true false ethernet point-to-point",
	"updatehostkeys":       "yes no true false ask",
	"verifyhostkeydns":     "yes no true false ask",
}
