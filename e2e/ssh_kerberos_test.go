//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// realm is the Kerberos realm of the hosts. Names are taken as they are typed: there is no DNS.
const realm = `[libdefaults]
    default_realm = E2E
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    qualify_shortname = ""
    rdns = false
[realms]
    E2E = {
        kdc = m1
    }
`

// realmFiles are where the key distribution centre keeps its principals.
const realmFiles = `[realms]
    E2E = {
        database_name = /run/kdc/principals
        key_stash_file = /run/kdc/stash
    }
`

// kerberos brings up a realm, until the test ends: a key distribution centre on the master,
// the principals spark (its password is secret) and host/HOST for these hosts, whose sshd lets
// in who has a ticket.
func (b *bed) kerberos(hosts ...*Host) {
	b.Helper()
	b.needs("GSSAPI, with a Kerberos realm", "krb5kdc", "kdb5_util", "kadmin.local", "kinit")
	const centre = "/run/kdc"
	b.Cleanup(func() { b.on(b.Master, Root, "kill $(cat "+centre+"/pid); rm -r "+centre) })
	b.replace(b.Master, "/etc/krb5.conf", realm)
	b.replace(b.Master, "/etc/krb5kdc/kdc.conf", realmFiles)
	b.replace(b.Launcher, "/etc/krb5.conf", realm)
	requests := "addprinc -pw secret spark\n"
	for _, h := range hosts {
		requests += fmt.Sprintf("addprinc -randkey host/%[2]s\nktadd -k %[1]s/%[2]s host/%[2]s\n", centre, h.Name)
	}
	b.on(b.Master, Root, "mkdir "+centre+" && kdb5_util create -r E2E -s -P master && kadmin.local -r E2E <<'end'\n"+requests+"end")
	for _, h := range hosts {
		table, err := b.Master.Read(centre + "/" + h.Name)
		b.must(err)
		b.replace(h, "/etc/krb5.conf", realm)
		b.replace(h, "/etc/krb5.keytab", table)
	}
	b.on(b.Master, Root, "krb5kdc -r E2E -P "+centre+"/pid")
	b.sshd("GSSAPIAuthentication yes", hosts...)
}

// ticket is where the user on the launcher has Kerberos tickets.
const ticket = "FILE:/home/spark/ticket"

// kinit gets the user a ticket.
func (b *bed) kinit() {
	b.Helper()
	b.Cleanup(func() { b.must(b.Launcher.Remove("/home/spark/ticket")) })
	b.on(b.Launcher, Spark, "echo secret | KRB5CCNAME="+ticket+" kinit spark")
}

// noted puts a program before ssh that notes how it is called, until the test ends; the answer
// tells where OpenSSH's client was sent since it was asked last.
func (b *bed) noted() (masters func() []string) {
	b.Helper()
	const dir, calls = "/home/spark/noted", "/home/spark/noted/calls"
	b.Cleanup(func() { b.must(b.Launcher.Remove(dir)) })
	b.must(b.Launcher.Write(Spark, dir+"/ssh", "#!/bin/sh\ncase \" $* \" in *' -M '*) for host; do :; done; echo $host >>"+calls+" ;; esac\nexec /usr/bin/ssh \"$@\"\n", 0o755))
	b.environ = append(b.environ, "PATH="+dir+":/usr/local/bin:/usr/bin:/bin")
	return func() []string {
		text := b.on(b.Launcher, Spark, "touch "+calls+" && sort "+calls+" && rm "+calls)
		return strings.Fields(text)
	}
}

// No key and no password, but a ticket: nothing is asked, as ssh asks nothing. Without one it
// is said where it comes from; where a key is enough, sparkops logs in by itself.
func TestSSHKerberos(t *testing.T) {
	onLast(t, func(b *bed) {
		const config = anyHost + "    GSSAPIAuthentication yes\n"
		b.account(config + "Host w1\n    PreferredAuthentications gssapi-with-mic\n")
		b.kerberos(b.Workers...)
		b.must(b.Launcher.Remove(sshKey))
		b.environ = []string{"KRB5CCNAME=" + ticket}
		run := b.asSSH(4, nobody())
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "auth", "kinit, or ")
		}
		b.kinit()
		b.asSSH(0, themselves())
		b.askedBySSH(0, "w2")
		b.wantStatus(b.askedBySparkops(0), 3, "ok", "")

		masters := b.noted()
		b.must(b.login())
		b.must(b.Launcher.Write(Spark, sshDir+"/config", config+"Host w2\n    IdentityFile /nowhere\n", 0o600))
		b.wantStatus(b.sparkops(0, "exec", "--", "hostname"), 3, "ok", "")
		if sent := masters(); !slices.Equal(sent, []string{"w2"}) {
			b.Errorf("OpenSSH's client was sent to %v, not to w2 alone", sent)
		}

		// The ticket makes the passphrase of a key needless too, but where the realm does not
		// know the host by that name.
		b.must(b.Launcher.Write(Spark, sshDir+"/config", config+"Host w3\n    HostName "+b.Host("w3").Address+"\n", 0o600))
		b.on(b.Launcher, Spark, "ssh-keygen -q -p -a 4 -N secret -f ~/.ssh/id_ed25519")
		b.askedBySSH(0, "w1")
		b.askedBySSH(0, "w3", "passphrase for key .*: ", "secret")
		masters()
		b.wantStatus(b.askedBySparkops(0, "passphrase for .*: ", "secret"), 3, "ok", "")
		if sent := masters(); !slices.Equal(sent, []string{"w1", "w2"}) {
			b.Errorf("OpenSSH's client was sent to %v, not to w1 and w2", sent)
		}
	})
}
