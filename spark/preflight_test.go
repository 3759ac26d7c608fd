package spark

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/spark/facts"
)

// Where a start can come to nothing only, there is no daemon and no log; without the check there is.
func TestPreflight(t *testing.T) {
	reached := newListener(t)
	cases := []struct {
		name, env string
		addresses []string
		atFault   bool
		want      string // what states says of it
	}{
		{"well", "SPARK_LOCAL_IP=127.0.0.1\n", []string{reached}, false, "registered"},
		{"one master of two", "", []string{"127.0.0.1:1", reached}, false, "registered"},
		{"refused", "", []string{"127.0.0.1:1"}, false, "refused"},
		{"unknown name", "", []string{"no.such.invalid:7077", "127.0.0.1:1"}, false, "dns"},
		{"foreign address", "SPARK_LOCAL_IP=192.0.2.7\n", []string{reached}, false, "config"},
		{"numbers as Spark takes them", "SPARK_WORKER_MEMORY=' 1G '\nSPARK_WORKER_CORES=+4\nSPARK_DAEMON_MEMORY=512m\n", []string{reached}, false, "registered"},
		{"a name, not judged", "SPARK_LOCAL_IP=no.such.invalid\n", []string{reached}, false, "registered"},
		{"the file at fault", "", []string{reached}, true, "config"},
	}
	for name, argv := range shells {
		for _, tt := range cases {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				b := newBed(t, argv, tt.env)
				s := &Start{Cluster: &Cluster{Addresses: tt.addresses}, Check: true, Bounds: Bounds{Wait: 3 * time.Second}}
				if text, _ := os.ReadFile(b.home + "/conf/spark-env.sh"); tt.atFault {
					sum := sha256.Sum256(text)
					s.AtFault = EnvFault{SHA256: hex.EncodeToString(sum[:]), Says: "line 1: x", Hint: "y"}
				}
				records := b.run(Worker, "start", nil, s.startVars("", "", "registered")...)
				said := states(records[:1]) + states(records[len(records)-1:])
				if said != tt.want {
					t.Fatalf("got %q, want %q: %v", said, tt.want, records)
				}
				refused := tt.want != "registered"
				if logs, _ := filepath.Glob(b.home + "/logs/*.out"); refused == (len(logs) > 0) || refused == (len(b.pids()) > 0) {
					t.Errorf("logs %v, daemons %v", logs, b.pids())
				}
				if last := records[len(records)-1]; last["check"] != "" {
					h, err := facts.Read(records)
					d, ok := h.Dial(tt.addresses[0])
					if err != nil || !ok || shell.Class(d.State) != shell.Class(tt.want) || h.Resolve("127.0.0.1").State == "unknown" {
						t.Errorf("%v: %+v %+v", err, h.Dialled, h.Resolved)
					}
				} else if tt.want == "refused" || tt.want == "dns" {
					t.Errorf("it names no check: %v", last)
				}
				s.Check = false
				if refused && !tt.atFault {
					b.expect("--no-check", b.run(Worker, "start", nil, s.startVars("", "", "registered")...), "registered")
				}
			})
		}
	}
}

// Two names of one machine have one worker, which is said; workers of two machines may well
// have one pid.
func TestOneMachine(t *testing.T) {
	all := []Outcome{
		{Host: "w1", PID: 7, Address: "10.0.0.1:4001"}, {Host: "w1", PID: 8, Address: "10.0.0.1:4002"},
		{Host: "w2", PID: 7, Address: "10.0.0.2:4001"}, {Host: "alias", PID: 7, Address: "10.0.0.1:4001"}, {Host: "w3"}, {Host: "w4"},
	}
	oneMachine(all)
	for _, o := range all {
		if want := o.Host == "alias"; want != (o.Warning != "") {
			t.Errorf("%s: %q", o.Host, o.Warning)
		}
	}
}

// A master that could not listen where it is told to gets no JVM, and only who is in its way
// is named; without the check its death is laid to what it is due to.
func TestMasterPreflight(t *testing.T) {
	hold := func(at string) string {
		l, err := net.Listen("tcp4", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	free, elsewhere, taken, everywhere := "7", hold("127.0.0.2:0"), hold("127.0.0.1:0"), hold(":0")
	cases := []struct {
		name, host, port string
		want, said       string // what states says, of the first refusal; and its message
		unchecked        string // misled of a master that slid
	}{
		{"well", "127.0.0.1", free, "started", "", ""},
		{"a name", "localhost", free, "started", "", ""},
		{"taken at another address", "127.0.0.1", elsewhere, "started", "", ""},
		{"taken", "127.0.0.1", taken, "port", "port " + taken + " is taken by pid ", ""},
		{"taken, though not for IPv6", "::1", taken, "started", "", ""},
		{"taken at all of them", "127.0.0.1", everywhere, "port", "port " + everywhere + " is taken by pid ", ""},
		{"another's address", "192.0.2.77", taken, "config", "192.0.2.77 is no address of this host", "foreign"},
		{"unknown name", "no.such.invalid", taken, "config", "no.such.invalid is not known on its own host", "unknown"},
	}
	for name, argv := range shells {
		for _, tt := range cases {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				b := newBed(t, argv, "")
				s := &Start{Cluster: &Cluster{Addresses: []string{net.JoinHostPort(tt.host, tt.port)}}, Check: true, Bounds: Bounds{Wait: 3 * time.Second}}
				records := b.run(Master, "start", nil, s.startVars(tt.host, tt.port, "ready")...)
				last := records[len(records)-1]
				if got := last["state"] + last["class"]; got != tt.want || !strings.Contains(last["message"], tt.said) {
					t.Fatalf("got %q, want %q: %v", got, tt.want, records)
				}
				if tt.want == "started" {
					return
				}
				if len(b.pids()) > 0 {
					t.Errorf("daemons %v", b.pids())
				}
				if tt.want == "config" {
					h, err := facts.Read(records)
					if err != nil || last["check"] != "names.master-local" || len(h.Name.Addresses) == 0 || h.Resolve(tt.host).State == "unasked" {
						t.Errorf("%v: %v", err, records)
					}
				}
				s.Check = false
				last = b.run(Master, "start", []string{"FAKE=slide"}, s.startVars(tt.host, tt.port, "ready")...)[1]
				if last["state"] != "port" || last["misled"] != tt.unchecked || (last["holder"] == "") != (tt.unchecked != "") {
					t.Errorf("--no-check: %v", last)
				}
			})
		}
	}
}

// A number that a daemon refuses stands against the start, in any host's own file.
func TestNumbersPreflight(t *testing.T) {
	for name, argv := range shells {
		for env, want := range map[string]string{
			"SPARK_WORKER_CORES=lots": "config", "SPARK_WORKER_MEMORY=1.5g": "config", "SPARK_WORKER_MEMORY=g": "config", "SPARK_DAEMON_MEMORY=a": "config",
			"SPARK_WORKER_CORES=2 SPARK_WORKER_MEMORY=512Mb SPARK_DAEMON_MEMORY=1g": "registered",
		} {
			t.Run(name+"/"+env, func(t *testing.T) {
				t.Parallel()
				b := newBed(t, argv, env+"\n")
				reached := newListener(t)
				s := &Start{Cluster: &Cluster{Addresses: []string{reached}}, Check: true, Bounds: Bounds{Wait: 3 * time.Second}}
				b.expect(env, b.run(Worker, "start", nil, s.startVars("", "", "registered")...), want)
			})
		}
	}
}

func newListener(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
