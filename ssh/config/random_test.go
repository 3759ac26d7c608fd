package config

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"sparkops/shell/shelltest"
)

// apartFrom are the differences that are meant: what this package refuses and ssh -G takes, by
// our reason, and what ssh refuses and we do not, by its own. They are counted.
var apartFrom = []struct {
	outcome string
	reason  *regexp.Regexp
	why     string
}{
	{"stricter", regexp.MustCompile(`(?i)proxyjump: "none" is not user@host:port`), "ssh takes a none with blanks or a comment behind it for a host"},
	{"stricter", regexp.MustCompile(`proxyjump: .* is its own bastion$`), "ssh -G does not try; ssh would start itself again and again"},
	{"stricter", regexp.MustCompile(`a line that begins with =$`), "nobody means to write one"},
	{"laxer", regexp.MustCompile(`Bad configuration option|Unsupported Match attribute`), "a newer OpenSSH may know it: only hosts that it applies to are refused"},
	{"laxer", regexp.MustCompile(`Bad (SSH2 |key types)`), "so with an algorithm"},
}

// apartPercent is how many configurations in a hundred may come to one of them.
const apartPercent = 3

// sharing is how many configurations in a row have the same included files: to write them all
// anew each time would cost more than what is tested.
const sharing = 8

// TestRandomFilesAsOpenSSH asks ssh -G and this package about random files: they give the same
// answer, or both refuse.
func TestRandomFilesAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	ssh, o, n := findSSH(t), options(t), 10_000
	if testing.Short() {
		n = 2_000
	}
	o.Env = envOf(append(cleanEnv(o.Home), randomEnv...))
	placed := ssh.placeable(t, o)
	if !placed {
		t.Log("NOT TESTED: includes from ~ and /etc/ssh: no unshare here")
	}
	var tally tally
	var group errgroup.Group
	workers := runtime.NumCPU() + 1
	for w := range workers {
		dir := write(t, map[string]string{"home/.ssh/config": "", "etc/ssh_config": "", "home/.ssh/inc/x": "", "etc/inc/x": "", "inc/x": "", "my inc/x": ""})
		s, err := ssh.start(t, o, dir, placed, randomEnv...)
		if err != nil {
			t.Fatal(err)
		}
		defaults := s.defaults(t)
		group.Go(func() error {
			for first := w * sharing; first < n && !tally.full(); first += workers * sharing {
				c := &random{name: "w1", Rand: rand.New(rand.NewPCG(20261121, uint64(first))), dir: dir, placed: placed, texts: map[string]string{}}
				c.included(t)
				for i := first; i < first+sharing; i++ {
					c.top(t)
					c.compare(t, s, o, defaults, &tally, i)
				}
			}
			return nil
		})
	}
	group.Wait()
	t.Logf("%d configurations: %v", n, tally.counts)
	if tally.counts["both refuse"] > n/4 {
		t.Errorf("too many refusals to say much")
	}
	if apart := tally.counts["stricter"] + tally.counts["laxer"]; apart > n*apartPercent/100 {
		t.Errorf("%d are apart from ssh", apart)
	}
}

// tally counts the outcomes.
type tally struct {
	sync.Mutex
	counts map[string]int
}

func (a *tally) add(outcome string) {
	a.Lock()
	defer a.Unlock()
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	a.counts[outcome]++
}

// full reports whether more disagreements would only be longer to read.
func (a *tally) full() bool {
	a.Lock()
	defer a.Unlock()
	return a.counts["disagree"] >= 20
}

func (c *random) compare(t *testing.T, s *session, o Options, defaults map[string]string, all *tally, number int) {
	p := place{Options: o, dir: c.dir}
	p.UserFile, p.SystemFile = c.path("user"), c.path("system")
	mine := p
	switch {
	case s.placed: // ssh has them by their usual names, and its home is elsewhere for us
		mine.Home = c.dir + "/home"
		mine.Env = envOf(append(cleanEnv(mine.Home), randomEnv...))
		p.UserFile, p.SystemFile = "", ""
	case !strings.Contains(c.ask, "-F "): // for ssh, both are the user's
		p.UserFile = c.path("both")
		mine.UserFile, mine.SystemFile = p.UserFile, ""
	}
	theirs, reason := p.theirs(s, c.ask, defaults)
	files, name := mine.typed(c.ask)
	ours, err := sheetFor(files, name, defaults)
	got := ""
	if err == nil {
		got = strings.ReplaceAll(ours.brief(mine.Home), mine.Home, o.Home)
	}
	switch refuses := strings.HasPrefix(theirs, "refused"); {
	case refuses && err != nil:
		all.add("both refuse")
	case !refuses && err == nil && got == theirs:
		all.add("the same")
	case !refuses && err != nil && meant("stricter", err), refuses && err == nil && meant("laxer", reason):
		all.add(map[bool]string{true: "laxer", false: "stricter"}[refuses])
	default:
		all.add("disagree")
		t.Errorf("%d: ssh %s\n%s\nssh: %v, ours: %v\n%s", number, c.ask, c, reason, err, apart(theirs, got))
	}
}

func meant(outcome string, err error) bool {
	for _, a := range apartFrom {
		if a.outcome == outcome && a.reason.MatchString(err.Error()) {
			return true
		}
	}
	return false
}

// apart are the lines of two answers that are not in both.
func apart(theirs, ours string) string {
	var b strings.Builder
	for _, side := range []struct{ name, has, not string }{{"ssh ", theirs, ours}, {"ours", ours, theirs}} {
		for l := range strings.Lines(side.has) {
			if !strings.Contains("\n"+side.not, "\n"+l) {
				b.WriteString(side.name + " " + l)
			}
		}
	}
	return b.String()
}

// randomEnv is what ${VARIABLES} may name, beside the rest of the environment.
var randomEnv = []string{"KEYS=/etc/my keys", "SSH_AUTH_SOCK=/tmp/agent.1", "MY_AGENT=/tmp/mine", "ODD=%h~"}

// random is a configuration in several files, and what is typed.
type random struct {
	*rand.Rand
	dir, name, ask string // name is of the last one, for patterns that match
	placed         bool
	texts          map[string]string
}

// included writes the files that others include.
func (c *random) included(t *testing.T) {
	for i := range 3 {
		c.put(t, fmt.Sprintf("inc/%d.conf", i), c.text(i, false))
	}
	c.put(t, "my inc/a.conf", c.text(0, false))
	c.put(t, "inc/.hidden.conf", "Port 1\nUser hidden\n")
	c.put(t, "~/.ssh/inc/u.conf", c.text(0, false))
	c.put(t, "/etc/ssh/inc/s.conf", c.text(0, false))
	if !c.placed {
		c.put(t, "both", fmt.Sprintf("Include %s\nInclude \"%s\"\n", c.path("user"), c.path("system")))
	}
}

// top writes the two files that ssh begins with, and what is typed.
func (c *random) top(t *testing.T) {
	c.name = c.pick("worker.one", "worker.two", "w1", "w1", "w2", "W2", "gw", "10.0.0.5", "a-b.example.org")
	c.put(t, "user", c.text(8, true))
	c.put(t, "system", c.text(9, true))
	c.ask = c.typed()
}

func (c *random) put(t *testing.T, name, text string) {
	c.texts[name] = text
	put(t, c.path(name), text)
}

// path is where a file is.
func (c *random) path(name string) string {
	if name == "user" {
		name = "config"
	}
	return sectionPath(c.dir, name)
}

func (c *random) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.texts)) {
		fmt.Fprintf(&b, "== %s\n%s", name, c.texts[name])
	}
	return b.String()
}

func (c *random) pick(of ...string) string { return of[c.IntN(len(of))] }

// one reports true once in n times.
func (c *random) one(n int) bool { return c.IntN(n) == 0 }

// typed is what stands behind ssh.
func (c *random) typed() string {
	var words []string
	for c.one(4) {
		words = append(words, c.pick("-p 7", "-l typed", "-i "+c.dir+"/inc/x", "-o ProxyJump=hop,b", "-o HostName=%h.typed", "-o User=Other", "-o ConnectTimeout=9", "-o BatchMode=yes",
			"-o StrictHostKeyChecking=no", "-o IdentityFile=/typed", "-o ProxyCommand=none", "-o CertificateFile=/typed", "-o SendEnv=TYPED", "-o Ciphers=aes256-ctr", "-o CanonicalizeHostname=yes"))
	}
	switch c.IntN(20) {
	case 0:
		words = append(words, "-F none")
	case 1:
		words = append(words, "-F "+c.path("inc/2.conf"))
	}
	return strings.Join(append(words, c.pick("", "", "", "", "", "u@", "spark@")+c.name), " ")
}
