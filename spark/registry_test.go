package spark

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
)

// masterAt is a master of the tests: an HTTP server that answers /json/.
func masterAt(t *testing.T, body string) Outcome {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/json/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return Outcome{Host: server.URL, Role: Master, Instance: 1, State: Running, WebUI: server.URL, bound: "127.0.0.1"}
}

func status(word string, workers ...string) string {
	return fmt.Sprintf(`{"url":"spark://m:7077","status":%q,"workers":[%s]}`, word, strings.Join(workers, ","))
}

func listedWorker(host string, port int, state string) string {
	return fmt.Sprintf(`{"host":%q,"port":%d,"webuiaddress":"http://x:8081","cores":2,"memory":1024,"state":%q}`, host, port, state)
}

// here reaches this machine with a dialer, shellOnly without one, as where forwarding is refused.
func here(context.Context, string) (shell.Runner, error) {
	return struct {
		shell.Local
		net.Dialer
	}{}, nil
}

func shellOnly(context.Context, string) (shell.Runner, error) { return shell.Local{}, nil }

func TestAskMaster(t *testing.T) {
	m := masterAt(t, status("ALIVE", listedWorker("10.0.0.1", 4, "ALIVE")))
	for name, connect := range map[string]Connect{"through the connection": here, "by the host's shell": shellOnly} {
		view, err := askMaster(t.Context(), connect, m, 8080)
		if err != nil || view.Status != "ALIVE" || len(view.Workers) != 1 || view.Master != m.Host {
			t.Errorf("%s: %+v, %v", name, view, err)
		}
	}
	for name, o := range map[string]Outcome{"no JSON": masterAt(t, "<html>"), "no master": masterAt(t, `{"id":"worker"}`), "nothing": {WebUI: "http://x:1"}} {
		if view, err := askMaster(t.Context(), here, o, 8080); err == nil {
			t.Errorf("%s: %+v", name, view)
		}
	}
}

func TestReady(t *testing.T) {
	tests := []struct {
		name   string
		bodies []string
		want   bool
		states string
	}{
		{"one", []string{status("ALIVE")}, true, "running"},
		{"one and its standby", []string{status("STANDBY"), status("ALIVE")}, true, "standby running"},
		{"nobody leads", []string{status("STANDBY"), status("STANDBY")}, false, "not-registered not-registered"},
		{"still recovering", []string{status("RECOVERING")}, false, "not-registered"},
		{"one does not answer", []string{status("ALIVE"), "<html>"}, true, "running not-registered"},
	}
	for _, tt := range tests {
		s := &Start{Cluster: &Cluster{}, Connect: here, Bounds: Bounds{}}
		s.registry = registry{connect: here}
		up := make([]*Outcome, len(tt.bodies))
		for i, body := range tt.bodies {
			o := masterAt(t, body)
			up[i] = &o
			s.registry.masters = append(s.registry.masters, o)
		}
		s.ready(t.Context(), up, time.Now())
		var states []string
		got := false
		for _, o := range up {
			got = got || o.State == Running
			states = append(states, string(o.State))
		}
		if got != tt.want || strings.Join(states, " ") != tt.states {
			t.Errorf("%s: %v %v, want %v %s", tt.name, got, states, tt.want, tt.states)
		}
	}
}

func TestAwaitMarksWhoIsListedAndWhoIsNot(t *testing.T) {
	t.Parallel()
	m := masterAt(t, status("ALIVE", listedWorker("10.0.0.1", 4, "ALIVE"), listedWorker("10.0.0.2", 4, "DEAD")))
	workers := []Outcome{
		{Role: Worker, State: Registered, Address: "10.0.0.1:4"},
		{Role: Worker, State: Registered, Address: "10.0.0.2:4"},
		{Role: Worker, State: Started, Address: "10.0.0.3:4", tail: "Caused by: Connection refused: m"},
		{Role: Worker, State: Died, Class: shell.ClassDied},
	}
	registry{connect: here, masters: []Outcome{m}}.await(t.Context(), workers, time.Now().Add(50*time.Millisecond))
	if w := workers[0]; w.State != Registered || w.Cores != 2 || w.Memory != 1<<30 || !w.OK() {
		t.Errorf("listed: %+v", w)
	}
	if w := workers[1]; w.State != NotRegistered || w.Class != shell.ClassNotRegistered {
		t.Errorf("listed as DEAD: %+v", w)
	}
	if w := workers[2]; w.State != NotRegistered || !strings.Contains(w.Message, "nothing answers at the port") {
		t.Errorf("not listed: %+v", w)
	}
	if w := workers[3]; w.State != Died {
		t.Errorf("died: %+v", w)
	}
}

// Where no worker runs, a master that does not answer is not waited for.
func TestAwaitNobody(t *testing.T) {
	asked := func(context.Context, string) (shell.Runner, error) {
		t.Error("the master was asked")
		return nil, shell.Errorf(shell.ClassTimeout, "", "no answer")
	}
	workers := []Outcome{{Role: Worker, State: Died, Class: shell.ClassDied}}
	registry{connect: asked, masters: []Outcome{{Role: Master, State: Running}}}.await(t.Context(), workers, time.Now().Add(time.Hour))
}

func TestStatusSaysWhereProcessAndMasterDisagree(t *testing.T) {
	m := masterAt(t, status("ALIVE", listedWorker("10.0.0.1", 4, "ALIVE"), listedWorker("10.0.0.9", 4, "ALIVE"), listedWorker("10.0.0.8", 4, "DEAD")))
	host := strings.TrimPrefix(m.WebUI, "http://")
	c := &Cluster{Masters: []inventory.Host{{Name: host}}, Addresses: []string{"m:7077"}, Selected: []bool{true}}
	result := func(role Role, name, text string) fleet.Result {
		r := answer(role, text)
		r.Task.Host = name
		return r
	}
	results := []fleet.Result{
		result(Master, host, "kind=daemon\nstate=running\ninstance=1\npid=1\nwebui="+m.WebUI+"\nbound=127.0.0.1\n\n"),
		result(Worker, "w1", "kind=daemon\nstate=running\ninstance=1\npid=2\naddress=10.0.0.1:4\n\n"),
		result(Worker, "w2", "kind=daemon\nstate=running\ninstance=1\npid=3\naddress=10.0.0.2:4\n\n"),
		result(Worker, "w3", "kind=daemon\nstate=not-running\ninstance=1\n\n"),
	}
	s := &Status{Cluster: c, Connect: here}
	all, views := s.Outcomes(t.Context(), results)
	var got []string
	for _, o := range all {
		got = append(got, fmt.Sprintf("%s:%s", o.State, o.Class))
	}
	if want := "running: registered: not-registered:not-registered not-running:died"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
	if v := views[0]; v.Alive != 2 || v.Dead != 1 || v.Cores != 4 || len(v.Unexpected) != 1 || v.Unexpected[0] != "10.0.0.9:4" {
		t.Errorf("view: %+v", v)
	}
}

func TestPlansOfAPartAskAllMasters(t *testing.T) {
	c := &Cluster{
		Masters: []inventory.Host{{Name: "m1"}, {Name: "m2"}}, Addresses: []string{"m1:7077", "m2:7077"}, Selected: []bool{false, true},
		Workers: []inventory.Host{{Name: "w1"}},
	}
	start := (&Start{Cluster: c, Masters: true, Workers: true}).Plan()
	var scripts []string
	for _, task := range start.Stages[0].Tasks {
		scripts = append(scripts, task.Host+":"+task.Script.Name)
	}
	if got, want := strings.Join(scripts, " "), "m1:probe m2:start"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	text, _ := start.Stages[1].Tasks[0].Script.Text()
	if want := "in_url='spark://m1:7077,m2:7077'\n"; !strings.Contains(text, want) {
		t.Errorf("the worker's script lacks %s", want)
	}
	stop := (&Stop{Cluster: c, Masters: true, Workers: true}).Plan()
	if got := stop.Stages[1].Tasks; len(got) != 1 || got[0].Host != "m2" {
		t.Errorf("stop goes to %v", got)
	}
}
