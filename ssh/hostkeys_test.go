package ssh_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// verdicts on a host key that is known, unknown, changed or revoked, by policy.
var verdicts = map[string]map[config.Strict]bool{
	"known":   {config.Yes: true, config.Ask: true, config.AcceptNew: true, config.No: true},
	"unknown": {config.AcceptNew: true, config.No: true},
	"changed": {config.No: true},
	"revoked": {},
}

// hostKeys are the keys that the table speaks of, by the words that stand for them in it.
type hostKeys map[string]gossh.Signer

func newHostKeys(t *testing.T) hostKeys {
	t.Helper()
	keys := hostKeys{}
	for _, name := range []string{"ED", "OTHER", "CA", "ROGUE"} {
		_, keys[name] = newKey(t)
	}
	private := otherPrivateKeys()
	keys["ECDSA"], keys["RSA"] = signerOf(t, private["ecdsa"]), signerOf(t, private["rsa"])
	cert := func(name, authority string, change func(*gossh.Certificate)) {
		c := &gossh.Certificate{
			Key: keys["ED"].PublicKey(), CertType: gossh.HostCert, Serial: 7, KeyId: "host one", ValidPrincipals: []string{"127.0.0.1", "farm"},
			ValidAfter: uint64(time.Now().Add(-time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
		}
		change(c)
		if err := c.SignCert(rand.Reader, keys[authority]); err != nil {
			t.Fatal(err)
		}
		var err error
		if keys[name], err = gossh.NewCertSigner(c, keys["ED"]); err != nil {
			t.Fatal(err)
		}
	}
	cert("cert", "CA", func(*gossh.Certificate) {})
	cert("rogue cert", "ROGUE", func(*gossh.Certificate) {})
	cert("rsa cert", "RSA", func(*gossh.Certificate) {})
	cert("expired cert", "CA", func(c *gossh.Certificate) { c.ValidBefore = c.ValidAfter + 60 })
	cert("user cert", "CA", func(c *gossh.Certificate) { c.CertType = gossh.UserCert })
	cert("cert of another host", "CA", func(c *gossh.Certificate) { c.ValidPrincipals = []string{"other.example"} })
	cert("cert of a pattern", "CA", func(c *gossh.Certificate) { c.ValidPrincipals = []string{"other", "127.0.*"} })
	cert("critical cert", "CA", func(c *gossh.Certificate) { c.CriticalOptions = map[string]string{"no-such-option": ""} })
	return keys
}

// lines writes known_hosts: HOST is the name with the port, BARE the name, a key's word the
// key, and {x} the hash of x.
func (k hostKeys) lines(text, address string) string {
	host, port, _ := net.SplitHostPort(address)
	words := []string{"HOST", "[" + host + "]:" + port, "BARE", host, "PORT", port}
	for _, name := range []string{"OTHER", "ED", "CA", "ROGUE", "ECDSA", "RSA"} {
		words = append(words, "="+name, strings.TrimSpace(string(gossh.MarshalAuthorizedKey(k[name].PublicKey()))))
	}
	words = append(words, "ED-BLOB", strings.Fields(public(k["ED"]))[1])
	text = strings.NewReplacer(words...).Replace(text)
	for {
		before, rest, found := strings.Cut(text, "{")
		if !found {
			return text
		}
		name, after, _ := strings.Cut(rest, "}")
		text = before + hashed(name) + after
	}
}

type hostKeyCase struct {
	name   string
	server string // the keys it has
	known  string // known_hosts
	is     string // the key of verdicts
	alias  string
}

// everything is a server with a key of each type and a certificate.
const everything = "ED ECDSA RSA cert"

var hostKeyCases = []hostKeyCase{
	{"empty", "ED", "", "unknown", ""},
	{"plain", "ED", "HOST =ED\n", "known", ""},
	{"plain, comment, no last newline", "ED", "HOST =ED a comment", "known", ""},
	{"blanks and tabs", "ED", "  \tHOST\t =ED\t\n", "known", ""},
	{"carriage returns", "ED", "HOST =ED\r\n", "known", ""},
	{"without the port", "ED", "BARE =ED\n", "known", ""},
	{"another port", "ED", "[127.0.0.1]:1 =ED\n", "unknown", ""},
	{"another key", "ED", "HOST =OTHER\n", "changed", ""},
	{"another key, then the right one", "ED", "HOST =OTHER\nHOST =ED\n", "known", ""},
	{"another key without the port", "ED", "BARE =OTHER\n", "unknown", ""},
	{"another key, the right one without the port", "ED", "HOST =OTHER\nBARE =ED\n", "changed", ""},
	{"the right one, another without the port", "ED", "HOST =ED\nBARE =OTHER\n", "known", ""},
	{"another type", "ED", "HOST =ECDSA\n", "changed", ""},
	{"several types, one known", "ED ECDSA RSA", "HOST =RSA\n", "known", ""},
	{"several types, none known", "RSA ED ECDSA", "", "unknown", ""},
	{"several types, two known", "ED ECDSA RSA", "HOST =RSA\nHOST =ECDSA\n", "known", ""},
	{"several types, one of them wrong", "ED ECDSA RSA", "HOST =RSA\nHOST =OTHER\n", "changed", ""},
	{"several types, one known without the port", "RSA ED ECDSA", "BARE =ECDSA\n", "unknown", ""},
	{"several types, the first known without the port", "RSA ED ECDSA", "BARE =ED\n", "known", ""},
	{"only another type than the known one is left", "ED", "HOST =RSA\n", "changed", ""},
	{"several types, one hashed", "ED ECDSA RSA", "{HOST} =RSA\n", "known", ""},
	{"several types, one changed", "ED ECDSA", "HOST =OTHER\n", "changed", ""},
	{"star", "ED", "* =ED\n", "known", ""},
	{"star, another key", "ED", "* =OTHER\n", "changed", ""},
	{"pattern without the port", "ED", "127.0.*.? =ED\n", "known", ""},
	{"pattern of the port", "ED", "[127.0.0.1]:* =ED\n", "known", ""},
	{"list", "ED", "other.example,HOST,more =ED\n", "known", ""},
	{"negated", "ED", "*,!HOST,!BARE =ED\n", "unknown", ""},
	{"negated with the port", "ED", "*,!HOST =ED\n", "known", ""},
	{"negated without the port", "ED", "!BARE,* =ED\n", "known", ""},
	{"hashed", "ED", "{HOST} =ED\n", "known", ""},
	{"hashed without the port", "ED", "{BARE} =ED\n", "known", ""},
	{"hashed, another host", "ED", "{other.example} =ED\n", "unknown", ""},
	{"hashed, another key", "ED", "{HOST} =OTHER\n", "changed", ""},
	{"garbage", "ED", "garbage\n; comment\n# HOST =OTHER\n#HOST =OTHER\nHOST 1024 35 1234\nHOST ssh-ed25519\nHOST no-such-type AAAA\n" +
		"HOST ssh-ed25519 !!!\n@no-such-marker HOST =OTHER\n@revoked\n|1|x HOST\n|1|%%|%% =OTHER\n\n" + "BARE " + strings.Repeat("long", 20_000) + "\nHOST =ED\n", "known", ""},
	{"another type's word", "ED", "HOST ssh-rsa ED-BLOB\n", "unknown", ""},
	{"revoked", "ED", "@revoked * =ED\n", "revoked", ""},
	{"revoked and known", "ED", "HOST =ED\n@revoked HOST =ED\n", "revoked", ""},
	{"revoked hashed", "ED", "HOST =ED\n@revoked {HOST} =ED\n", "revoked", ""},
	{"revoked elsewhere", "ED", "@revoked other.example =ED\nHOST =ED\n", "known", ""},
	{"another one is revoked", "ED", "@revoked * =OTHER\nHOST =ED\n", "known", ""},
	{"revoked, and nothing known", "ED", "@revoked HOST =OTHER\n", "unknown", ""},
	{"alias", "ED", "farm =ED\n", "known", "farm"},
	{"alias in capitals", "ED", "farm =ED\n", "known", "FARM"},
	{"alias, only the host is known", "ED", "HOST =ED\nBARE =ED\n[farm]:PORT =ED\n", "unknown", "farm"},
	{"alias, another key", "ED", "farm =OTHER\nHOST =ED\n", "changed", "farm"},
	{"certificate", "cert", "@cert-authority * =CA\n", "known", ""},
	{"certificate and plain key", "ED cert", "@cert-authority HOST =CA\n", "known", ""},
	{"certificate, authority without the port", "cert", "@cert-authority BARE =CA\n", "known", ""},
	{"certificate, hashed authority", "cert", "@cert-authority {HOST} =CA\n", "known", ""},
	{"certificate, alias", "cert", "@cert-authority farm =CA\n", "known", "farm"},
	{"certificate, RSA authority", "rsa cert", "@cert-authority * =RSA\n", "known", ""},
	{"certificate, no authority", "cert", "", "unknown", ""},
	{"certificate, only its key is known", "cert", "HOST =ED\n", "known", ""},
	{"certificate of a stranger", "rogue cert", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate of a stranger, its key is known", "rogue cert", "@cert-authority * =CA\nHOST =ED\n", "known", ""},
	{"certificate of a stranger, another key is known", "rogue cert", "@cert-authority * =CA\nHOST =OTHER\n", "changed", ""},
	{"authority elsewhere", "cert", "@cert-authority *.example =CA\n", "unknown", ""},
	{"authority as a plain key", "cert", "HOST =CA\n", "changed", ""},
	{"certificate, expired", "expired cert", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate, expired, its key is known", "expired cert", "@cert-authority * =CA\nHOST =ED\n", "known", ""},
	{"certificate of a user", "user cert", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate of another host", "cert of another host", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate of a pattern", "cert of a pattern", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate with an unknown option", "critical cert", "@cert-authority * =CA\n", "unknown", ""},
	{"certificate, revoked authority", "cert", "@cert-authority * =CA\n@revoked * =CA\n", "revoked", ""},
	{"certificate, revoked key", "cert", "@cert-authority * =CA\n@revoked * =ED\n", "revoked", ""},
	{"all types and a certificate, authority", everything, "@cert-authority HOST =CA\n", "known", ""},
	{"all types and a certificate, only RSA is known", everything, "HOST =RSA\n", "known", ""},
	{"all types and a certificate, only its key is known", everything, "HOST =ED\n", "known", ""},
	{"all types and a certificate, nothing is known", everything, "", "unknown", ""},
	{"all types and a certificate, authority elsewhere, RSA is known", everything, "@cert-authority *.example =CA\nHOST =RSA\n", "known", ""},
	{"all types and a certificate, another authority", everything, "@cert-authority * =ROGUE\n", "unknown", ""},
	{"all types and a certificate, another authority, its key is known", everything, "@cert-authority * =ROGUE\nHOST =ED\n", "known", ""},
	{"all types and a certificate, another authority, RSA is known", everything, "@cert-authority * =ROGUE\nHOST =RSA\n", "changed", ""},
	{"all types and a certificate, its authority is revoked", everything, "@revoked * =CA\nHOST =ED\n", "revoked", ""},
	{"all types and a certificate, its authority is revoked, RSA is known", everything, "@revoked * =CA\nHOST =RSA\n", "known", ""},
	{"plain key, an authority is known", "ED", "@cert-authority * =CA\n", "unknown", ""},
	{"plain key that is an authority's", "ED", "@cert-authority * =ED\n", "unknown", ""},
}

func hashed(name string) string {
	salt := []byte("salt of twenty bytes")
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	encode := base64.StdEncoding.EncodeToString
	return "|1|" + encode(salt) + "|" + encode(mac.Sum(nil))
}
