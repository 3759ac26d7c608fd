package ssh_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// counted puts a relay in front of a host, which counts connections.
func counted(t testing.TB, h *config.Host) *sshtest.Rogue {
	t.Helper()
	relay := &sshtest.Relay{To: net.JoinHostPort(h.HostName, fmt.Sprint(h.Port))}
	r := rogue(t, relay.Serve)
	over := at(t, r.Addr())
	h.HostName, h.Port = over.HostName, over.Port
	return r
}

// 200 workers behind one real sshd, which drops connections above MaxStartups 10:30:100: all
// are reached, over one connection.
func TestTwoHundredWorkersBehindSSHD(t *testing.T) {
	shelltest.Unwatched(t) // as behind our own bastion
	leavesNothing(t, func(t *testing.T) {
		bastion, worker := sshd(t), serve(t, sshtest.Options{})
		front := counted(t, bastion)
		p := newPool(t, ssh.Options{ConnectTimeout: time.Minute, Resolve: resolve(map[string]*config.Host{"b": bastion})})
		var all sync.WaitGroup
		for i := range 200 {
			h := at(t, worker.Addr())
			h.Name, h.User, h.Jump = fmt.Sprint("w", i), fmt.Sprint("u", i), []string{"b"}
			all.Go(func() {
				if _, err := p.Connect(t.Context(), h); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if front.Connections() != 1 || worker.Connections() != 200 {
			t.Errorf("%d connections to the bastion, %d to the workers", front.Connections(), worker.Connections())
		}
	})
}

// Many logins at one real sshd with its default MaxStartups: none is dropped.
func TestManyLoginsAtSSHD(t *testing.T) {
	t.Parallel()
	logins := 40
	if shelltest.Watched {
		logins = 20 // twice what sshd takes at a time
	}
	h := sshd(t)
	front := counted(t, h)
	p := newPool(t, ssh.Options{ConnectTimeout: time.Minute})
	var all sync.WaitGroup
	for i := range logins {
		h := *h
		h.Name, h.HostKeyAlias = fmt.Sprint("w", i), fmt.Sprint("w", i) // else it is one connection
		all.Go(func() {
			if _, err := p.Connect(t.Context(), &h); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if front.Connections() != logins {
		t.Errorf("%d connections", front.Connections())
	}
}

// A login that was refused, and a key that was not accepted, are never tried a second time.
func TestNothingIsTriedAgainAfterTheHostKey(t *testing.T) {
	t.Parallel()
	_, authorized := newKey(t)
	for _, c := range []struct {
		name  string
		serve sshtest.Options
		host  func(h *config.Host)
		class shell.Class
	}{
		{"login", sshtest.Options{AuthorizedKeys: []gossh.PublicKey{authorized.PublicKey()}}, func(*config.Host) {}, shell.ClassAuth},
		{"host key", sshtest.Options{}, func(h *config.Host) { h.Strict = config.Yes }, shell.ClassHostKey},
		{"cut during the login", sshtest.Options{Config: func(c *gossh.ServerConfig) {
			c.NoClientAuthCallback = func(m gossh.ConnMetadata) (*gossh.Permissions, error) {
				m.(io.Closer).Close()
				return nil, nil
			}
		}}, func(*config.Host) {}, shell.ClassClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.serve)
			h := at(t, s.Addr())
			h.Attempts = 7
			c.host(h)
			if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != c.class || s.Connections() != 1 {
				t.Errorf("class %s after %d connections: %v", e.Class, s.Connections(), e)
			}
		})
	}
}

// ConnectionAttempts counts connections that could not be made, one a second.
func TestConnectionAttempts(t *testing.T) {
	t.Parallel()
	h := at(t, freeAddress(t))
	begin := time.Now()
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassRefused {
		t.Errorf("class %s: %v", e.Class, e)
	}
	if took := time.Since(begin); took > patience {
		t.Errorf("it took %v", took)
	}
	h.Attempts = 3
	begin = time.Now()
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassRefused || time.Since(begin) < 2*time.Second {
		t.Errorf("class %s after %v: %v", e.Class, time.Since(begin), e)
	}
	h.Attempts = 1000
	var late sync.WaitGroup
	late.Go(func() { // it comes up meanwhile
		time.Sleep(500 * time.Millisecond)
		serve(t, sshtest.Options{Addr: net.JoinHostPort(h.HostName, fmt.Sprint(h.Port))})
	})
	connect(t, newPool(t, ssh.Options{}), h)
	late.Wait()
}

// The address that a connection comes from, and the family that it is made in, are those
// that are configured.
func TestAddresses(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	from := shell.Script{Body: `echo "${SSH_CONNECTION%% *}"`}
	loopback := loopbackInterface(t)
	for _, c := range []struct {
		name   string
		change func(h *config.Host)
		from   string      // "" if it fails
		class  shell.Class // of why
		says   string
	}{
		{"any", func(*config.Host) {}, "127.0.0.1", "", ""},
		{"inet", func(h *config.Host) { h.AddressFamily = "inet" }, "127.0.0.1", "", ""},
		{"inet6", func(h *config.Host) { h.AddressFamily = "inet6" }, "", shell.ClassDNS, "no address of the family inet6"},
		{"BindAddress", func(h *config.Host) { h.BindAddress = "127.0.0.2" }, "127.0.0.2", "", ""},
		{"BindAddress by name", func(h *config.Host) { h.BindAddress = "localhost" }, "127.0.0.1", "", ""},
		{"BindAddress of another", func(h *config.Host) { h.BindAddress = "192.0.2.1" }, "", shell.ClassConfig, "BindAddress 192.0.2.1: cannot assign"},
		{"BindAddress of the other family", func(h *config.Host) { h.BindAddress = "::1" }, "", shell.ClassDNS, "family"},
		{"BindAddress that is none", func(h *config.Host) { h.BindAddress = "no-such-host.invalid" }, "", shell.ClassConfig, "BindAddress no-such-host.invalid"},
		{"BindInterface", func(h *config.Host) { h.BindInterface = loopback }, "127.0.0.1", "", ""},
		{"BindInterface and AddressFamily", func(h *config.Host) { h.BindInterface, h.AddressFamily = loopback, "inet" }, "127.0.0.1", "", ""},
		{"BindInterface that is none", func(h *config.Host) { h.BindInterface = "no-such-0" }, "", shell.ClassConfig, "BindInterface no-such-0"},
		{"BindAddress before BindInterface", func(h *config.Host) { h.BindAddress, h.BindInterface = "127.0.0.3", "no-such-0" }, "127.0.0.3", "", ""},
		{"a name with several addresses", func(h *config.Host) { h.HostName = "localhost" }, "127.0.0.1", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := at(t, s.Addr())
			c.change(h)
			p := newPool(t, ssh.Options{})
			if c.from == "" {
				if e := refusal(t, p, h); e.Class != c.class || !strings.Contains(e.Error(), c.says) {
					t.Errorf("class %s: %v", e.Class, e)
				}
				return
			}
			if out, err := connect(t, p, h).Run(t.Context(), from); err != nil || string(out.Stdout) != c.from+"\n" {
				t.Errorf("from %q, %v", out.Stdout, err)
			}
		})
	}
}

func loopbackInterface(t testing.TB) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(i net.Interface) bool { return i.Flags&net.FlagLoopback != 0 })
	if i < 0 {
		t.Skip("NOT TESTED: no loopback interface")
	}
	return all[i].Name
}

// Variables are sent as SendEnv and SetEnv say, and no others.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	h := at(t, s.Addr())
	h.SendEnv, h.SetEnv = []string{"LANG", "LC_*", "ONE?"}, []string{"SET=a=b c", "EMPTY="}
	o := ssh.Options{Environ: []string{"LANG=C.UTF-8", "LC_TIME=x y\nz", "LCX=1", "ONE1=1", "ONE12=2", "SECRET=s", "PATH=/usr/bin:/bin"}}
	list := shell.Script{Body: `printf '%s|' "$LANG" "$LC_TIME" "$LCX" "$ONE1" "$ONE12" "$SECRET" "$SET" "${EMPTY-unset}"`}
	conn := connect(t, newPool(t, o), h)
	for range 2 { // with each script
		if out, err := conn.Run(t.Context(), list); err != nil || string(out.Stdout) != "C.UTF-8|x y\nz||1|||a=b c||" {
			t.Errorf("%q, %v", out.Stdout, err)
		}
	}
	refusing := connect(t, newPool(t, o), withKeys(h, sshd(t, "AcceptEnv LC_*")))
	if out, err := refusing.Run(t.Context(), list); err != nil || string(out.Stdout) != "|x y\nz|||||||unset|"[:0]+"|x y\nz||||||unset|" {
		t.Errorf("%q, %v", out.Stdout, err)
	}
}

// withKeys is the host to with the variables of h.
func withKeys(h, to *config.Host) *config.Host {
	to.SendEnv, to.SetEnv = h.SendEnv, h.SetEnv
	return to
}

// A host's first answer comes within as many round trips as with OpenSSH's client, which gets
// the same script on its standard input: versions, key exchange, service, none, key,
// signature, session, command, script. TCP's own trip is not among them: a delaying proxy
// accepts a connection at once. Each later script takes the last two: its session is there.
func roundTrips(t *testing.T) {
	const first, later = 9, 2
	private, signer := newKey(t)
	key := writeKey(t, filepath.Join(t.TempDir(), "id"), private)
	s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}})
	server := at(t, s.Addr())
	server.Identities, server.IdentitiesSet = []string{key}, true
	for name, server := range map[string]*config.Host{"sshtest": server, "sshd": sshd(t)} {
		t.Run(name, func(t *testing.T) {
			theirs := first
			if name == "sshd" { // which lets no script be sent before the command is granted
				theirs = least(t, first, server, openSSHTrips)
			}
			ours := least(t, first, server, func(t *testing.T, h *config.Host, trips *sshtest.Trips) int {
				h.SendEnv, h.SetEnv = []string{"LC_*"}, []string{"LC_A=1", "LC_B=2"} // they cost nothing
				conn := connect(t, newPool(t, ssh.Options{}), h)
				return scriptTrips(t, conn, trips, 0)
			})
			next := least(t, later, server, func(t *testing.T, h *config.Host, trips *sshtest.Trips) int {
				conn := connect(t, newPool(t, ssh.Options{}), h)
				scriptTrips(t, conn, trips, 0)
				most := 0
				for range 3 {
					until(t, "nothing is under way", func() bool { return trips.Quiet(50 * time.Millisecond) })
					most = max(most, scriptTrips(t, conn, trips, trips.Count()))
				}
				return most
			})
			if ours > first || ours > theirs || next > later || next < 1 {
				t.Errorf("%d for the first answer, with OpenSSH %d; %d for a later one", ours, theirs, next)
			}
		})
	}
}

// least is the least of some counts, which are never too low: taken until it is good enough.
func least(t *testing.T, good int, server *config.Host, count func(*testing.T, *config.Host, *sshtest.Trips) int) int {
	t.Helper()
	lowest := math.MaxInt
	for try := 0; try < 5 && lowest > good; try++ {
		trips := &sshtest.Trips{To: net.JoinHostPort(server.HostName, fmt.Sprint(server.Port)), Delay: 20 * time.Millisecond}
		h, over := *server, at(t, rogue(t, trips.Serve).Addr())
		h.HostName, h.Port = over.HostName, over.Port
		lowest = min(lowest, count(t, &h, trips))
	}
	return lowest
}

// scriptTrips is how many trips were made since before when a script has ended.
func scriptTrips(t *testing.T, conn *ssh.Conn, trips *sshtest.Trips, before int) int {
	t.Helper()
	if _, err := conn.Run(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return trips.Count() - before
}

// openSSHTrips is how many trips OpenSSH's client takes until it prints what a script says.
func openSSHTrips(t *testing.T, h *config.Host, trips *sshtest.Trips) int {
	t.Helper()
	args := append([]string{"-o", "StrictHostKeyChecking=no"}, commanded(h).Command[1:]...)
	cmd := exec.Command(shelltest.Program(t, "ssh"), append(args, shell.Command)...)
	cmd.Stdin = strings.NewReader("echo hello\nsleep 3\n")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.ReadFull(out, make([]byte, len("hello\n")))
	defer cmd.Wait()
	return trips.Count()
}

// offer is what a client offers in its first message: key exchanges, ciphers and MACs.
type offer struct{ kex, ciphers, macs []string }

// offered is what a host is offered.
func offered(t *testing.T, change func(h *config.Host)) offer {
	t.Helper()
	var o offer
	r := rogue(t, func(_ context.Context, conn net.Conn) {
		io.WriteString(conn, "SSH-2.0-rogue\r\n")
		for b := make([]byte, 1); b[0] != '\n'; { // the client's version
			if _, err := conn.Read(b); err != nil {
				return
			}
		}
		head := make([]byte, 4+1+1+16) // length, padding, type, cookie
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		var lists [6][]string
		for i := range lists {
			length := make([]byte, 4)
			io.ReadFull(conn, length)
			names := make([]byte, binary.BigEndian.Uint32(length))
			io.ReadFull(conn, names)
			lists[i] = slices.DeleteFunc(strings.Split(string(names), ","), func(name string) bool {
				return name == "ext-info-c" || strings.HasPrefix(name, "kex-strict-c") // they are no algorithms
			})
		}
		o = offer{lists[0], lists[2], lists[4]}
		io.WriteString(conn, "\xff\xff\xff\xff that is enough")
	})
	h := at(t, r.Addr())
	change(h)
	p := newPool(t, ssh.Options{})
	refusal(t, p, h)
	p.Close()
	r.Close()
	return o
}

// What is offered is what ssh -G says with the same lists, less what x/crypto lacks, in the
// order of the configuration; x/crypto's own where that says nothing of it.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	program := shelltest.Program(t, "ssh")
	safe, unsafe := gossh.SupportedAlgorithms(), gossh.InsecureAlgorithms()
	known := slices.Concat(safe.Ciphers, unsafe.Ciphers, safe.MACs, unsafe.MACs, safe.KeyExchanges, unsafe.KeyExchanges)
	for _, c := range []struct {
		list    string // of a keyword, as it is written
		ordered bool   // it says the order of all
	}{
		{"Ciphers aes256-ctr,aes128-gcm@openssh.com", true},
		{"Ciphers aes256-ctr,no-such-cipher,aes128-ctr", true},
		{"Ciphers -aes128-*,chacha20*", false},
		{"Ciphers +aes128-cbc,3des-cbc", false},
		{"Ciphers ^aes256-ctr", false},
		{"MACs hmac-sha2-512,hmac-sha2-256,umac-64@openssh.com", true},
		{"MACs -*sha1*,*-etm@openssh.com", false},
		{"MACs +hmac-sha1-96", false},
		{"MACs ^hmac-sha1", false},
		{"KexAlgorithms ecdh-sha2-nistp521,curve25519-sha256@libssh.org", true},
		{"KexAlgorithms -ecdh-*", false},
		{"KexAlgorithms +diffie-hellman-group14-sha1", false},
		{"KexAlgorithms ^diffie-hellman-group14-sha256", false},
		{"", false},
	} {
		t.Run(c.list, func(t *testing.T) {
			keyword, list, _ := strings.Cut(c.list, " ")
			ours := offered(t, func(h *config.Host) {
				switch keyword {
				case "Ciphers":
					h.Ciphers = list
				case "MACs":
					h.MACs = list
				case "KexAlgorithms":
					h.KexAlgorithms = list
				}
			})
			args := []string{"-F", "none", "-G", "w1"}
			if keyword != "" {
				args = append([]string{"-o", keyword + "=" + strings.ReplaceAll(list, "no-such-cipher,", "")}, args...)
			}
			said, err := exec.Command(program, args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range []struct {
				keyword string
				ours    []string
			}{{"ciphers", ours.ciphers}, {"macs", ours.macs}, {"kexalgorithms", ours.kex}} {
				_, rest, _ := strings.Cut("\n"+string(said), "\n"+k.keyword+" ")
				line, _, _ := strings.Cut(rest, "\n")
				theirs := slices.DeleteFunc(strings.Split(line, ","), func(name string) bool { return !slices.Contains(known, name) })
				mine := slices.DeleteFunc(slices.Clone(k.ours), func(name string) bool {
					return name == "mlkem768x25519-sha256" && !slices.Contains(theirs, name) || name == "curve25519-sha256@libssh.org" // not in every OpenSSH; another name
				})
				if strings.HasPrefix(list, "^") && strings.EqualFold(keyword, k.keyword) && mine[0] != list[1:] {
					t.Errorf("%s: %s is not the first of %v", k.keyword, list[1:], mine)
				}
				if !c.ordered || !strings.EqualFold(keyword, k.keyword) {
					slices.Sort(mine)
					slices.Sort(theirs)
				}
				if !slices.Equal(mine, theirs) {
					t.Errorf("%s: offered %v, ssh says %v", k.keyword, mine, theirs)
				}
			}
		})
	}
}
