package config

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// answer makes a Host of the lines that apply. Values were checked when they were read.
func (r *resolution) answer(target string) (*Host, error) {
	if l, ok := r.first["refuseconnection"]; ok {
		return nil, l.refuse("", "%s", l.args[0])
	}
	h := &Host{Name: r.name, HostName: target, Port: 22, Prompts: 3, From: map[string]string{}}
	h.Command = slices.Concat([]string{"ssh"}, r.args, []string{r.destination})
	for keyword, l := range r.first {
		if l.file != "" {
			h.From[keyword] = l.at()
		}
	}
	for keyword, all := range r.many {
		h.From[keyword] = all[0].at()
	}
	if v := r.word("port"); v != "" {
		h.Port, _ = parsePort(v)
	}
	if err := r.userName(h); err != nil {
		return nil, err
	}
	r.tokens = r.common(h.HostName, h.User, strconv.Itoa(h.Port))
	h.HostKeyAlias = strings.ToLower(r.word("hostkeyalias"))
	r.tokens['k'] = cmp.Or(h.HostKeyAlias, r.name)
	r.login(h)
	r.hostKeys(h)
	r.connection(h)
	for _, step := range []func(*Host) error{r.way, r.keyPaths, r.hostPaths, r.agent, r.attempts} {
		if err := step(h); err != nil {
			return nil, err
		}
	}
	h.NeedSSH = r.needSSH(h)
	return h, nil
}

// userName is who logs in. Tokens in the User of a file are those of OpenSSH 10.0; before it,
// a % was no token.
func (r *resolution) userName(h *Host) (err error) {
	l, ok := r.first["user"]
	switch {
	case !ok:
		h.User = r.files.User
	case l.number == 0:
		h.User = l.args[0]
	default:
		tokens := r.common(h.HostName, "", strconv.Itoa(h.Port))
		tokens['k'] = cmp.Or(strings.ToLower(r.word("hostkeyalias")), r.name)
		delete(tokens, 'r')
		delete(tokens, 'C')
		if h.User, err = expand(l.args[0], tokens, r.files.env); err != nil {
			return l.refuse("", "%s: %w", l.args[0], err)
		}
	}
	return nil
}

func (r *resolution) login(h *Host) {
	h.IdentitiesOnly = r.flag("identitiesonly")
	h.Batch = r.flag("batchmode")
	h.NoPubkey = r.denied("pubkeyauthentication")
	h.NoPassword = r.denied("passwordauthentication")
	h.NoKbdInter = r.denied("kbdinteractiveauthentication")
	if v := r.word("preferredauthentications"); v != "" {
		h.PreferredAuth = strings.Split(v, ",")
	}
	h.GSSAPI = r.flag("gssapiauthentication") && (h.PreferredAuth == nil || slices.Contains(h.PreferredAuth, "gssapi-with-mic"))
	if v := r.word("numberofpasswordprompts"); v != "" {
		h.Prompts, _ = parseNumber(v)
	}
	h.PubkeyAlgorithms = r.word("pubkeyacceptedalgorithms")
}

func (r *resolution) hostKeys(h *Host) {
	h.Strict, _ = parsePolicy(r.word("stricthostkeychecking"))
	h.HashKnownHosts = r.flag("hashknownhosts")
	h.NoHostAuthForLocal = r.flag("nohostauthenticationforlocalhost")
	h.HostKeyAlgorithms = r.word("hostkeyalgorithms")
	h.MinRSA, _ = parseNumber(r.word("requiredrsasize"))
	h.CASignatureAlgorithms = r.word("casignaturealgorithms")
}

// connection is how it is made and kept.
func (r *resolution) connection(h *Host) {
	h.AddressFamily = strings.ToLower(r.word("addressfamily"))
	h.BindAddress = r.word("bindaddress")
	h.BindInterface = r.word("bindinterface")
	h.ConnectTimeout, _ = parseTime(r.word("connecttimeout"))
	h.AliveInterval, _ = parseTime(r.word("serveraliveinterval"))
	h.AliveMax, _ = parseNumber(r.word("serveralivecountmax"))
	h.Ciphers = r.word("ciphers")
	h.MACs = r.word("macs")
	h.KexAlgorithms = r.word("kexalgorithms")
	h.SendEnv = r.sendEnv
	for _, v := range r.first["setenv"].args {
		name, _, _ := strings.Cut(v, "=")
		if !slices.ContainsFunc(h.SetEnv, func(o string) bool { return strings.HasPrefix(o, name+"=") }) {
			h.SetEnv = append(h.SetEnv, v)
		}
	}
}

func (r *resolution) attempts(h *Host) error {
	l, ok := r.first["connectionattempts"]
	if h.Attempts, _ = parseNumber(r.word("connectionattempts")); ok && h.Attempts == 0 {
		return l.refuse("", "no attempt at all")
	}
	return nil
}

// flag reports yes; denied reports no.
func (r *resolution) flag(keyword string) bool {
	yes, _ := parseFlag(r.word(keyword))
	return yes
}

func (r *resolution) denied(keyword string) bool {
	yes, err := parseFlag(r.word(keyword))
	return err == nil && !yes
}

// keyPaths are the files to log in with.
func (r *resolution) keyPaths(h *Host) (err error) {
	for _, l := range r.many["identityfile"] {
		h.IdentitiesSet = true
		if h.Identities, err = r.paths(l, h.Identities); err != nil {
			return err
		}
	}
	if !h.IdentitiesSet {
		for _, name := range []string{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"} {
			h.Identities = append(h.Identities, filepath.Join(r.files.Home, ".ssh", name))
		}
	}
	for _, l := range r.many["certificatefile"] {
		if h.Certificates, err = r.paths(l, h.Certificates); err != nil {
			return err
		}
	}
	return nil
}

// hostPaths are the files that say who a host is, and the socket of a master.
func (r *resolution) hostPaths(h *Host) (err error) {
	ssh := filepath.Join(r.files.Home, ".ssh")
	h.KnownHosts = []string{filepath.Join(ssh, "known_hosts"), filepath.Join(ssh, "known_hosts2")}
	h.GlobalKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	if l, ok := r.first["userknownhostsfile"]; ok {
		if h.KnownHosts, err = r.paths(l, nil); err != nil {
			return err
		}
	}
	if l, ok := r.first["globalknownhostsfile"]; ok {
		h.GlobalKnownHosts = slices.DeleteFunc(slices.Clone(l.args), isNone) // ssh expands nothing here
	}
	if h.RevokedHostKeys, err = r.one("revokedhostkeys"); err != nil {
		return err
	}
	if h.ControlPath, err = r.one("controlpath"); err != nil || r.jumps() == "" {
		return err
	}
	// A master may be of an OpenSSH from 9.7 on.
	older := r.tokens['C']
	r.tokens['C'] = digest(r.tokens['l'], r.tokens['h'], r.tokens['p'], r.tokens['r'], r.tokens['j'])
	newer, _ := r.one("controlpath")
	r.tokens['C'] = older
	if _, err := os.Stat(newer); err == nil {
		h.ControlPath = newer
	}
	return nil
}

// agent is IdentityAgent: none, SSH_AUTH_SOCK, $NAME or a path; without it, SSH_AUTH_SOCK.
func (r *resolution) agent(h *Host) (err error) {
	value := "SSH_AUTH_SOCK"
	l, ok := r.first["identityagent"]
	if ok {
		value = l.args[0]
	}
	switch name, variable := strings.CutPrefix(value, "$"); {
	case value == "none":
		h.NoAgent = true
	case value == "SSH_AUTH_SOCK":
		h.Agent, _ = r.files.env(value)
	case variable && !strings.HasPrefix(name, "{"):
		h.Agent, _ = r.files.env(name)
	default:
		if h.Agent, err = r.path(value); err != nil {
			return l.refuse("", "%s: %w", value, err)
		}
	}
	return nil
}

// gssapiFirst reports whether no other way to log in is wanted before GSSAPI, which OpenSSH
// itself tries first.
func (h *Host) gssapiFirst() bool {
	denied := map[string]bool{"publickey": h.NoPubkey, "password": h.NoPassword, "keyboard-interactive": h.NoKbdInter}
	if h.PreferredAuth == nil {
		return h.NoPubkey && h.NoPassword && h.NoKbdInter
	}
	for _, method := range h.PreferredAuth {
		if no, ours := denied[method]; ours && !no || strings.HasPrefix(method, "gssapi") {
			return !ours
		}
	}
	return false
}

// needSSH are the keywords that only OpenSSH can honour and that change whom we reach, as whom
// or whom we trust. A method of login counts where it is wanted first or there is no other:
// distributions allow GSSAPI to everybody.
func (r *resolution) needSSH(h *Host) []string {
	set := func(keyword string) bool { v := r.word(keyword); return v != "" && !isNone(v) }
	provider := r.word("securitykeyprovider")
	direct := h.ProxyCommand == "" && len(h.Jump) == 0 // else ssh has no address to check
	need := []struct {
		keyword string
		so      bool
	}{
		{"checkhostip", r.flag("checkhostip") && direct},
		{"gssapiauthentication", r.flag("gssapiauthentication") && h.gssapiFirst()},
		{"hostbasedauthentication", r.flag("hostbasedauthentication")},
		{"knownhostscommand", set("knownhostscommand")},
		{"pkcs11provider", set("pkcs11provider")},
		{"proxyusefdpass", r.flag("proxyusefdpass") && h.ProxyCommand != ""},
		{"securitykeyprovider", set("securitykeyprovider") && provider != "internal" && provider != "$SSH_SK_PROVIDER"},
		{"verifyhostkeydns", r.flag("verifyhostkeydns")},
	}
	var keywords []string
	for _, n := range need {
		if n.so {
			keywords = append(keywords, n.keyword)
		}
	}
	return keywords
}
