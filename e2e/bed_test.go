//go:build linux

package e2e

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// bed is a test's cluster, freshly configured, and its patience.
type bed struct {
	*testing.T
	*Cluster
	ctx     context.Context
	environ []string // of ssh and sparkops on the launcher, beside the usual
}

// testLimit bounds one test.
const testLimit = 5 * time.Minute

// newBed skips, and says what is not tested, where no one asked for real hosts.
func newBed(t *testing.T, version string) *bed {
	t.Helper()
	if os.Getenv("SPARKOPS_E2E") == "" {
		t.Skip("not tested: real hosts and a real Apache Spark; `make e2e` does it (root, Linux)")
	}
	turns := clusters[version]
	turns.Lock()
	t.Cleanup(turns.Unlock)
	if turns.cluster == nil {
		from, err := SparkDir(version)
		if err != nil {
			t.Fatal(err)
		}
		if turns.cluster, err = NewCluster(from, program); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	t.Cleanup(cancel)
	b := &bed{T: t, Cluster: turns.cluster, ctx: ctx}
	b.must(b.Reset(Small))
	return b
}

// onEach runs a test on every release, onFirst and onLast on one of them: what is about Spark
// alone on the first, what is about ssh and files on the last, so that both clusters are busy.
func onEach(t *testing.T, test func(*bed)) { onReleases(t, test, Versions...) }

func onFirst(t *testing.T, test func(*bed)) { onReleases(t, test, Versions[0]) }

func onLast(t *testing.T, test func(*bed)) { onReleases(t, test, Versions[len(Versions)-1]) }

// onReleases runs a test on the clusters of releases. On one cluster tests take turns; those of another
// run beside them.
func onReleases(t *testing.T, test func(*bed), versions ...string) {
	t.Parallel()
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(newBed(t, version))
		})
	}
}

func (b *bed) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// sparkops runs sparkops and wants that exit code of it.
func (b *bed) sparkops(exit int, args ...string) Run {
	b.Helper()
	run, err := b.SparkopsWith(b.ctx, b.environ, args...)
	b.must(err)
	b.Logf("sparkops %s: exit %d in %v", strings.Join(args, " "), run.Exit, run.Took.Round(time.Millisecond))
	if run.Exit != exit {
		b.Fatalf("want exit %d of %s", exit, run)
	}
	return run
}

// on runs a script on a host and wants it to succeed.
func (b *bed) on(h *Host, user User, script string) string {
	b.Helper()
	answer, err := h.RunAs(user, script)
	b.must(err)
	if answer.Exit != 0 {
		b.Fatalf("on %s: %s: exit %d: %s%s", h.Name, script, answer.Exit, answer.Stdout, answer.Stderr)
	}
	return answer.Stdout
}

// env adds lines to the spark-env.sh of hosts.
func (b *bed) env(lines string, hosts ...*Host) {
	b.Helper()
	for _, h := range hosts {
		b.must(h.Write(Spark, SparkHome+"/conf/spark-env.sh", b.SparkEnv(Small)+lines+"\n", 0o644))
	}
}

// daemons are the daemons of all hosts: "w1 Worker" -> pids.
func (b *bed) daemons() map[string][]int {
	b.Helper()
	found := map[string][]int{}
	for _, h := range b.Hosts() {
		daemons, err := h.Daemons()
		b.must(err)
		for _, p := range daemons {
			class := p.Class()
			key := h.Name + " " + class[strings.LastIndex(class, ".")+1:]
			found[key] = append(found[key], p.PID)
		}
	}
	return found
}

// wantDaemons compares which daemons run, "w1 Worker" -> how many.
func (b *bed) wantDaemons(want map[string]int) {
	b.Helper()
	got := b.daemons()
	for name, pids := range got {
		if len(pids) != want[name] {
			b.Errorf("%s runs %d times (pids %v), want %d", name, len(pids), pids, want[name])
		}
	}
	for name, n := range want {
		if len(got[name]) == 0 && n > 0 {
			b.Errorf("%s does not run", name)
		}
	}
}

// all are the daemons of the whole cluster with n workers a host.
func all(n int) map[string]int {
	return map[string]int{"m1 Master": 1, "w1 Worker": n, "w2 Worker": n, "w3 Worker": n}
}

// wantAlive compares how many workers the master lists as ALIVE on each host.
func (b *bed) wantAlive(want map[string]int) {
	b.Helper()
	state, err := b.Master.Master(b.ctx)
	b.must(err)
	for _, h := range b.Workers {
		if got := state.Alive()[h.Address]; got != want[h.Name+" Worker"] {
			b.Errorf("the master lists %d workers of %s as ALIVE, want %d: %+v", got, h.Name, want[h.Name+" Worker"], state.Workers)
		}
	}
}

// wantNothingLeft wants no JVM, no pid file and no port but sshd's on any host.
func (b *bed) wantNothingLeft() {
	b.Helper()
	for _, h := range b.Hosts() {
		jvms, err := h.JVMs()
		b.must(err)
		for _, p := range jvms {
			b.Errorf("host %s still runs %v", h.Name, p.Args)
		}
		ports, err := h.Listening()
		b.must(err)
		if !slices.Equal(ports, []int{22}) {
			b.Errorf("host %s listens on %v, want sshd's 22 only", h.Name, ports)
		}
		files, err := h.PidFiles()
		b.must(err)
		if len(files) > 0 {
			b.Errorf("host %s still has pid files: %v", h.Name, files)
		}
	}
}

// wantStatus wants that status, and that state if one is named, of every row.
func (b *bed) wantStatus(run Run, rows int, status, state string) {
	b.Helper()
	if len(run.Report.Results) != rows {
		b.Errorf("want %d results of %s", rows, run)
	}
	for _, row := range run.Report.Results {
		if row.Status != status || state != "" && row.Role == "worker" && row.State != state {
			b.Errorf("%s %s %d is %s, %s; want %s, %s: %+v", row.Host, row.Role, row.Instance, row.Status, row.State, status, state, row)
		}
	}
	if n := run.Report.Summary[status]; n != rows {
		b.Errorf("summary says %d %s, want %d", n, status, rows)
	}
}

// row is the only row of a report for that host.
func (b *bed) row(run Run, host string) Result {
	b.Helper()
	rows := run.Report.Of(host)
	if len(rows) != 1 {
		b.Fatalf("want one row for %s of %s", host, run)
	}
	return rows[0]
}

// wantText wants what a row says in words, its evidence included, to match.
func (b *bed) wantText(row Result, words string) {
	b.Helper()
	if !row.says(words) {
		b.Errorf("nothing there says %q: %+v", words, row)
	}
}

// says reports whether what a row says in words matches.
func (r Result) says(words string) bool {
	return regexp.MustCompile(words).MatchString(r.Message + "\n" + r.Hint + "\n" + strings.Join(r.Seen, "\n"))
}
