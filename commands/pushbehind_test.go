package commands

import (
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/report"
	"sparkops/spark"
	"sparkops/ssh/config"
)

// A machine that is a master by one name and a worker by another is restarted by the name that
// has the role.
func TestRestartNamesTheRole(t *testing.T) {
	t.Parallel()
	route := func() *config.Host { return &config.Host{HostName: "192.0.2.1", User: "u", Port: 22} }
	r := &reach{local: map[string]bool{"master": false, "wm": false}, routes: map[string]*config.Host{"master": route(), "wm": route()}}
	j := &job{reach: r, cluster: &spark.Cluster{}}
	j.cluster.Masters, j.cluster.Workers = []inventory.Host{{Name: "master"}}, []inventory.Host{{Name: "wm"}}
	p := &pushing{job: j, Push: &spark.Push{Hosts: []inventory.Host{{Name: "master"}}}}
	p.roleNames(t.Context())
	worker, master := report.Named{Role: "worker", Instance: 1}, report.Named{Role: "master"}
	if got := strings.Join(p.named("master", []report.Named{worker}), ","); got != "wm" {
		t.Errorf("the worker is restarted as %s", got)
	}
	if got := strings.Join(p.named("master", []report.Named{master, worker}), ","); got != "master,wm" {
		t.Errorf("both are restarted as %s", got)
	}
	if got := stillRun([]report.Named{master, worker}); got != "master 1, worker 1 still run with the former file" {
		t.Error(got)
	}
}
