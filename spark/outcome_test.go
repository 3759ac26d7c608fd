package spark

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sparkops/fleet"
	"sparkops/shell"
)

func answer(role Role, text string) fleet.Result {
	return fleet.Result{
		Task:   fleet.Task{Host: "w1", Role: string(role), Script: shell.Script{Name: "start"}},
		Output: shell.Output{Stdout: []byte(text)},
	}
}

func TestOutcomesReadsRecords(t *testing.T) {
	const host = "kind=host\nspark_home=/opt/spark\nspark_home_from=the host list\nversion=3.5.8\n\n"
	tests := []struct {
		name  string
		text  string
		state State
		class shell.Class
		why   string
	}{
		{"registered", host + "kind=daemon\nstate=registered\ninstance=1\npid=12\naddress=10.0.0.1:4\nchanged=yes\n\n", Registered, "", ""},
		{"refused", "kind=refused\nclass=java\nmessage=no java\nhint=set JAVA_HOME\n\n", "", shell.ClassJava, "no java"},
		{"port", host + "kind=daemon\nstate=port\ninstance=1\nholder=pid 9: nc -l\ntail=a could not bind on port 7077\n\n", Died, shell.ClassPort, "its RPC port is taken by pid 9: nc -l"},
		{"port, of an address", host + "kind=daemon\nstate=port\ninstance=1\nmisled=foreign\nat=192.0.2.7\nholder=pid 9: nc -l\ntail=a could not bind on port 7077\n\n", Died, shell.ClassConfig, "192.0.2.7, which it was told to listen at, is no address of this host"},
		{"port, of a name", host + "kind=daemon\nstate=died\ninstance=1\nmisled=unknown\nat=m9\ntail=x\n\n", Died, shell.ClassConfig, "m9, which it was told to listen at, is not known on its own host"},
		{"no port at all", host + "kind=daemon\nstate=port\ninstance=1\ntail=Service 'sparkWorker' could not bind on a random free port. You may\n\n", Died, shell.ClassPort, "the address it was told to use is not one of this host's"},
		{"died of an address", host + "kind=daemon\nstate=died\ninstance=1\nholder=pid 9: nc -l\ntail=BindException: Cannot assign requested address\n\n", Died, shell.ClassPort, "the address it was told to use is not one of this host's"},
		{"died of a port", host + "kind=daemon\nstate=died\ninstance=1\nholder=pid 9: nc -l\ntail=BindException: Address already in use\n\n", Died, shell.ClassPort, "a port it needs is taken by pid 9: nc -l"},
		{"died of a known cause", host + "kind=daemon\nstate=died\ninstance=1\ntail=x\\nError: UnsupportedClassVersionError: y\n\n", Died, shell.ClassJava, "this Java is too old for this Spark"},
		{"died of an unknown cause", host + "kind=daemon\nstate=died\ninstance=1\ntail=mystery\n\n", Died, shell.ClassDied, "it started and ended"},
		{"died, and a warning of the network means nothing", host + "kind=daemon\nstate=died\ninstance=1\ntail=vm resolves to a loopback address\\nmystery\n\n", Died, shell.ClassDied, "it started and ended"},
		{"still running", host + "kind=daemon\nstate=stopping\ninstance=1\npid=3\n\n", Stopping, shell.ClassStillRunning, "it has had its TERM and still runs"},
		{"no instances", host, NotRunning, "", "SPARK_WORKER_INSTANCES=0 there: no worker is wanted"},
		{"not a record", "what?\n\n", "", shell.ClassExit, `line 1 of the answer is not key=value: "what?"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := outcomes([]fleet.Result{answer(Worker, tt.text)})
			if len(got) != 1 {
				t.Fatalf("%d outcomes, want 1", len(got))
			}
			o := got[0]
			if o.State != tt.state || o.Class != tt.class || o.Message != tt.why {
				t.Errorf("got %q %q %q, want %q %q %q", o.State, o.Class, o.Message, tt.state, tt.class, tt.why)
			}
		})
	}
}

// A cause found in the log of a worker that runs explains why it is not registered; the
// class stays, and with it exit code 6.
func TestExplainKeepsNotRegistered(t *testing.T) {
	for _, k := range knownTexts {
		o := Outcome{tail: "line before\nx " + k.text + " y\nline after"}
		o.explain(shell.ClassNotRegistered, "unknown")
		if o.Class != shell.ClassNotRegistered || o.Message == "unknown" || len(o.Seen) == 0 {
			t.Errorf("%q: class %q, message %q, seen %q", k.text, o.Class, o.Message, o.Seen)
		}
	}
}

func TestOutcomesOfUnreachable(t *testing.T) {
	r := answer(Worker, "")
	r.Err = shell.Errorf(shell.ClassTimeout, "ssh w1 true", "no answer")
	o := outcomes([]fleet.Result{r})[0]
	if o.Class != shell.ClassTimeout || o.Hint != "ssh w1 true" || !errors.Is(o.Err, r.Err) || o.OK() || o.Up() {
		t.Errorf("got %+v", o)
	}
}

func TestFindMatchesByAddressElseByPorts(t *testing.T) {
	list := []ListedWork{
		{Host: "10.0.0.1", Port: 4000, WebUI: "http://a:8081"},
		{Host: "10.0.0.2", Port: 4000, WebUI: "http://b:8082"},
	}
	named := Outcome{Address: "10.0.0.2:4000"}
	if w, ok := named.find(list); !ok || w.Host != "10.0.0.2" {
		t.Errorf("by address: %v %v", w, ok)
	}
	silent := Outcome{listen: []int{8082, 4000}}
	if w, ok := silent.find(list); !ok || w.Host != "10.0.0.2" {
		t.Errorf("by ports: %v %v", w, ok)
	}
	for _, o := range []Outcome{{Address: "10.0.0.3:4000"}, {listen: []int{4000}}, {}} {
		if w, ok := o.find(list); ok {
			t.Errorf("%+v found %v", o, w)
		}
	}
}

func TestURLAndAddress(t *testing.T) {
	got := URL([]string{Address("h1", 7077), Address("[::1]", 7078)})
	if want := "spark://h1:7077,[::1]:7078"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		words []string
		want  string
	}{
		{[]string{"df -h | tail -1"}, "df -h | tail -1"},
		{[]string{"ls", "-l", "a b"}, `ls -l a\ b`},
		{[]string{"echo", "$HOSTNAME"}, "echo $HOSTNAME"},
	}
	for _, tt := range tests {
		if got := CommandLine(tt.words); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.words, got, tt.want)
		}
	}
}

func TestUIAddresses(t *testing.T) {
	tests := []struct {
		o    Outcome
		want []string
	}{
		{Outcome{WebUI: "http://m1:8080", bound: "0.0.0.0"}, []string{"127.0.0.1:8080"}},
		{Outcome{WebUI: "http://m1:8081", bound: "10.0.0.1"}, []string{"10.0.0.1:8081"}},
		{Outcome{Address: "m1:7077", listen: []int{8082}}, []string{"127.0.0.1:8080", "m1:8080", "127.0.0.1:8082", "m1:8082"}},
	}
	for _, tt := range tests {
		if got := tt.o.uiAddresses(8080); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: got %v, want %v", tt.o, got, tt.want)
		}
	}
}

func TestScriptsAreThere(t *testing.T) {
	for _, name := range []string{"start", "stop", "probe", "exec", "json", "hostname"} {
		if !strings.Contains(body(name), "# "+name+".sh: ") {
			t.Errorf("%s.sh does not open with what it does", name)
		}
	}
}
