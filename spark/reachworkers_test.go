package spark

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark/facts"
)

// workersAt are hosts with a worker at these addresses, behind a master.
func workersAt(addresses ...string) []Surveyed {
	hosts := []Surveyed{{Host: inventory.Host{Name: "m1"}, Roles: []Role{Master}, Facts: &facts.Host{}}}
	for _, a := range addresses {
		h := Surveyed{Host: inventory.Host{Name: a}, Roles: []Role{Worker}, Facts: &facts.Host{}}
		h.Facts.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, Address: a}}
		hosts = append(hosts, h)
	}
	return hosts
}

// full is the port of a listener that takes no connection any more: to whoever dials it, it is a
// firewall that drops.
func full(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
	at, err2 := syscall.Getsockname(fd)
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(at.(*syscall.SockaddrInet4).Port)
	for {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, 300*time.Millisecond)
		if err != nil {
			return port
		}
		t.Cleanup(func() { c.Close() })
	}
}

// The script dials all at once, under every sh, and is done though some never answer.
func TestReach(t *testing.T) {
	t.Parallel()
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { open.Close() })
	_, port, _ := net.SplitHostPort(open.Addr().String())
	// As a worker would tell it; the host that dials finds it on loopback.
	here := strings.NewReplacer("10.9.9.1", "127.0.0.1")
	wants := map[string]string{"10.9.9.1:" + port: "open", "no..such:7078": "dns", "10.9.9.1:1": "refused", "10.9.9.1:" + full(t): "timeout"}
	for name, argv := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Survey{Cluster: &Cluster{}, Bounds: Bounds{Script: time.Minute}}
			hosts := workersAt(slices.Collect(maps.Keys(wants))...)
			hosts = append(hosts, hosts[1]) // no address is dialled twice
			plan := s.Reach(hosts)
			if len(plan.Stages[0].Tasks) != 1 || plan.Stages[0].Tasks[0].Host != "m1" {
				t.Fatalf("%+v", plan)
			}
			text, err := plan.Stages[0].Tasks[0].Script.Text()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
			cmd.Stdin = strings.NewReader(here.Replace(text))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			out = bytes.ReplaceAll(out, []byte("127.0.0.1"), []byte("10.9.9.1"))
			s.Reached(hosts, []fleet.Result{{Task: plan.Stages[0].Tasks[0], Output: shell.Output{Stdout: out}}})
			for address, want := range wants {
				if d, ok := hosts[0].Facts.Dial(address); !ok || d.State != want || d.Said == "" {
					t.Errorf("%s: %+v, want %s", address, d, want)
				}
			}
			if got := len(hosts[0].Facts.Dialled); got != len(wants) {
				t.Errorf("%d dialled", got)
			}
		})
	}
	// Where nothing could be dialled, nothing is said of it.
	s, hosts := &Survey{}, workersAt("10.9.9.1:1")
	for _, r := range []fleet.Result{{Task: fleet.Task{Host: "m1"}}, {Task: fleet.Task{Host: "m1"}, Output: shell.Output{Stdout: []byte("kind=dialled\naddress=10.9.9.1:1\nsaid=open\n\n")}}, {Task: fleet.Task{Host: "m1"}, Err: shell.Errorf(shell.ClassTimeout, "", "x")}} {
		if s.Reached(hosts, []fleet.Result{r}); len(hosts[0].Facts.Dialled) > 0 {
			t.Errorf("%+v: %+v", r, hosts[0].Facts.Dialled)
		}
	}
	if plan := s.Reach(workersAt("127.0.0.1:1", "localhost:2", "::1", "10.0.0.1 x:1")); len(plan.Stages[0].Tasks) != 0 {
		t.Errorf("dials %+v", plan)
	}
}
