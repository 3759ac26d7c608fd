package config

import (
	"slices"
	"strings"
)

// queries are what ssh -Q is asked for the names that a list may have. The lists of key types
// all have the same.
var queries = map[string]string{
	"ciphers": "cipher", "macs": "mac", "kexalgorithms": "kex",
	"hostkeyalgorithms": keyTypes, "pubkeyacceptedalgorithms": keyTypes, "casignaturealgorithms": keyTypes, "hostbasedacceptedalgorithms": keyTypes,
}

const keyTypes = "HostKeyAlgorithms"

// names are what OpenSSH 9.2 to 10.0 answers, all in all.
var names = map[string][]string{
	"cipher": strings.Fields("3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr " +
		"aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com"),
	"mac": strings.Fields("hmac-sha1 hmac-sha1-96 hmac-sha2-256 hmac-sha2-512 hmac-md5 hmac-md5-96 umac-64@openssh.com umac-128@openssh.com " +
		"hmac-sha1-etm@openssh.com hmac-sha1-96-etm@openssh.com hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com " +
		"hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com umac-64-etm@openssh.com umac-128-etm@openssh.com"),
	"kex": strings.Fields("diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256 diffie-hellman-group16-sha512 " +
		"diffie-hellman-group18-sha512 diffie-hellman-group-exchange-sha1 diffie-hellman-group-exchange-sha256 " +
		"ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 curve25519-sha256 curve25519-sha256@libssh.org " +
		"sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com mlkem768x25519-sha256"),
	keyTypes: strings.Fields("ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com sk-ssh-ed25519-cert-v01@openssh.com " +
		"ecdsa-sha2-nistp256 ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384 ecdsa-sha2-nistp384-cert-v01@openssh.com " +
		"ecdsa-sha2-nistp521 ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com " +
		"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss ssh-dss-cert-v01@openssh.com " +
		"ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256 rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com"),
}

// strange is the name in a list that none of these versions takes; a newer one may. As with
// ssh, a list to take away is not looked at, nor is what stands behind an empty name, and only
// key types may be patterns.
func strange(keyword, list string) string {
	if list[0] == '-' {
		return ""
	}
	query := queries[keyword]
	mine := list
	if strings.IndexByte("+^", list[0]) >= 0 {
		mine = list[1:]
	}
	if mine == "" {
		return list
	}
	for name := range strings.SplitSeq(mine, ",") {
		pattern := strings.TrimPrefix(name, "!")
		switch {
		case name == "":
			return ""
		case slices.Contains(names[query], name):
		case query != keyTypes || !slices.ContainsFunc(names[query], func(known string) bool { return Glob(pattern, known) }):
			return name
		}
	}
	return ""
}
