//go:build linux

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const envFile = SparkHome + "/conf/spark-env.sh"

// Workers that need what was pushed, each its own: through bash, tcsh and fish as login shells,
// and with /tmp mounted noexec.
func TestPushedValuesAreInForce(t *testing.T) {
	onLast(t, func(b *bed) {
		for _, h := range b.Hosts()[:4] {
			b.must(h.Remove(envFile))
		}
		b.loginShell(b.Host("w2"), "/usr/bin/tcsh")
		b.loginShell(b.Host("w3"), "/usr/bin/fish")
		b.mount(b.Host("w1"), "/tmp", "-o noexec,mode=1777")
		for i, h := range b.Workers {
			b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env."+h.Name+".sh",
				fmt.Sprintf("SPARK_LOCAL_IP=%s\nSPARK_WORKER_WEBUI_PORT=%d\n", h.Address, 18081+i), 0o644))
		}
		push := b.sparkops(0, "push-env")
		for _, row := range push.Report.Results {
			if row.Status != "changed" || row.SHA256 == "" || row.Before != "" {
				b.Errorf("pushed: %+v", row)
			}
		}
		start := b.sparkops(0, "start-all")
		for i, h := range b.Workers {
			row := b.row(start, h.Name)
			if !strings.HasPrefix(row.Address, h.Address+":") || !strings.HasSuffix(row.WebUI, fmt.Sprint(":", 18081+i)) {
				b.Errorf("%s does not run with its own part: %+v", h.Name, row)
			}
		}
		b.wantAlive(all(1))
		b.pushBehind()
	})
}

// pushBehind changes what the daemons run with, and wants them named until they are restarted.
func (b *bed) pushBehind() {
	b.Helper()
	for _, row := range b.sparkops(0, "push-env").Report.Results {
		if row.Status != "ok" || len(row.Behind) > 0 {
			b.Errorf("pushed again: %+v", row)
		}
	}
	b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", b.SparkEnv(Small)+"SPARK_WORKER_MEMORY=600m\n", 0o644))
	for _, row := range b.sparkops(0, "push-env").Report.Results {
		if row.Status != "warn" || len(row.Behind) != 1 || row.Hint != "sparkops restart-all -w "+row.Host {
			b.Errorf("pushed behind a daemon: %+v", row)
		}
	}
	b.sparkops(0, "restart-all")
	for _, row := range b.sparkops(0, "push-env").Report.Results {
		if row.Status != "ok" {
			b.Errorf("after the restart: %+v", row)
		}
	}
	b.wantAlive(all(1))
}

// mount puts a file system of its own on a directory for the time of the test.
func (b *bed) mount(h *Host, dir, options string) {
	b.Helper()
	b.on(h, Root, "mount -t tmpfs "+options+" tmpfs "+dir)
	b.Cleanup(func() { b.on(h, Root, "umount -l "+dir) })
}

// troubles are what can keep a file from being replaced: a script for root that brings it
// about and one that takes it back, on a conf directory of 256 KiB.
var troubles = []struct {
	what, make, undo string
	class, message   string
}{
	{"a full disk", "dd if=/dev/zero of=fill bs=1k status=none 2>/dev/null; [ -s fill ]", "rm fill", "disk", "No space left on device"},
	{"a full disk with room for a part", "dd if=/dev/zero of=fill bs=1k status=none 2>/dev/null; truncate -s -16k fill", "rm fill", "disk", "No space left on device"},
	{"no inodes", "n=0; while : >fill$n; do n=$((n+1)); done 2>/dev/null; :", "rm fill*", "disk", "No space left on device"},
	{"a read-only file system", "mount -o remount,ro .", "mount -o remount,rw .", "permission", "Read-only file system"},
	{"an immutable file", "chattr +i spark-env.sh", "chattr -i spark-env.sh", "permission", "is immutable"},
	{"an immutable directory", "chattr +i .", "chattr -i .", "permission", "Operation not permitted"},
	{"an append-only file", "chattr +a spark-env.sh", "chattr -a spark-env.sh", "permission", "Operation not permitted"},
	{"a directory of somebody else", "chown root .", "chown spark .", "permission", "(of root): Permission denied"},
	{"a file of somebody else", "chown root spark-env.sh", "chown spark spark-env.sh", "permission", "belongs to root:"},
	{"a file that nobody may read", "chown root spark-env.sh; chmod 600 spark-env.sh", "chown spark spark-env.sh; chmod 644 spark-env.sh", "permission", "cannot read"},
	{"a directory in its place", "mv spark-env.sh kept; mkdir spark-env.sh", "rmdir spark-env.sh; mv kept spark-env.sh", "config", "is a directory"},
	{"a mount in its place", "cp spark-env.sh /run/other; chown spark /run/other; mount --bind /run/other spark-env.sh", "umount spark-env.sh", "permission", "is mounted by itself"},
}

// Whatever is in the way, the old file is whole, the exit code and the class are true, and
// nothing is left; when it is out of the way, the next push succeeds.
func TestPushInTrouble(t *testing.T) {
	onLast(t, func(b *bed) {
		w1 := b.Host("w1")
		old := b.SparkEnv(Small)
		b.mount(w1, SparkHome+"/conf", "-o size=256k,nr_inodes=64,uid=1500,gid=1500,mode=755")
		for _, trouble := range troubles {
			b.must(w1.Write(Spark, envFile, old, 0o644))
			b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", old+strings.Repeat("# filler\n", 6000), 0o644))
			b.on(w1, Root, "cd "+SparkHome+"/conf && { "+trouble.make+"; }")
			row := b.row(b.sparkops(5, "push-env"), "w1")
			where := envFile
			if strings.HasPrefix(trouble.what, "a directory in") {
				where = SparkHome + "/conf/kept"
			}
			now, err := w1.Read(where)
			b.must(err)
			if now != old {
				b.Errorf("%s: the old file is not whole: %d bytes", trouble.what, len(now))
			}
			b.on(w1, Root, "cd "+SparkHome+"/conf && { "+trouble.undo+"; }")
			if row.Status != "fail" || row.Class != trouble.class || !strings.Contains(row.Message, trouble.message) || row.Hint == "" {
				b.Errorf("%s: %+v", trouble.what, row)
			}
			b.wantNoTemps(w1)
			if row := b.row(b.sparkops(0, "push-env", "-w", "w1"), "w1"); row.Status != "changed" {
				b.Errorf("%s, taken back: %+v", trouble.what, row)
			}
		}
	})
}

// wantNoTemps wants no temporary file in the conf directory.
func (b *bed) wantNoTemps(h *Host) {
	b.Helper()
	names, err := h.List(SparkHome + "/conf")
	b.must(err)
	if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, ".") }); i >= 0 {
		b.Errorf("%s has %s still", h.Name, names[i])
	}
}

// An ACL stays with the file, and a link stays a link.
func TestPushKeepsACL(t *testing.T) {
	onLast(t, func(b *bed) {
		w1 := b.Host("w1")
		b.mount(w1, SparkHome+"/conf", "-o size=256k,uid=1500,gid=1500,mode=755")
		b.must(w1.Write(Spark, envFile, "old\n", 0o640))
		b.on(w1, Spark, "cd "+SparkHome+"/conf && setfacl -m u:daemon:r,g:adm:rw spark-env.sh && setfacl -d -m u:games:rwx . && mv spark-env.sh real && ln -s real spark-env.sh")
		before := b.on(w1, Spark, "getfacl -p "+SparkHome+"/conf/real; stat -c %a "+SparkHome+"/conf/real")
		b.sparkops(0, "push-env")
		if after := b.on(w1, Spark, "getfacl -p "+SparkHome+"/conf/real; stat -c %a "+SparkHome+"/conf/real"); after != before {
			b.Errorf("ACL before\n%s\nafter\n%s", before, after)
		}
		if got := b.on(w1, Spark, "readlink "+envFile); got != "real\n" {
			b.Errorf("the link leads to %q", got)
		}
	})
}

// killings is how often a push over OpenSSH is killed, on either side. The sandbox has more.
const killings = 50

// With real sshd and bash: the launcher's sparkops is killed, or all that it runs on a host,
// at random moments.
func TestPushKilled(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"launcher", "host"} {
		t.Run(side, func(t *testing.T) {
			onLast(t, func(b *bed) {
				one, another := "# "+strings.Repeat("1", 250)+"\n", "# "+strings.Repeat("2", 300)+"\n"
				texts := []string{b.SparkEnv(Small) + strings.Repeat(one, 600), b.SparkEnv(Small) + strings.Repeat(another, 500)}
				push := func(i int) {
					b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", texts[i%2], 0o644))
				}
				push(0)
				took := b.sparkops(0, "push-env").Took
				cut := 0
				for i := range killings {
					push(i + 1)
					if !b.killedPush(side, time.Duration(rand.Int64N(int64(took)))) {
						cut++
					} else if side == "launcher" {
						took -= took / 20 // the machine is faster than it was; on a host, it was too early as well
					}
					for _, h := range b.Hosts()[:4] {
						if now, err := h.Read(envFile); err != nil || !slices.Contains(texts, now) {
							b.Fatalf("%s is torn: %d bytes, %v", h.Name, len(now), err)
						}
					}
				}
				if cut < killings/10 { // a host runs something in a small part of the time
					b.Errorf("only %d of %d did not come to their end", cut, killings)
				}
				b.sparkops(0, "push-env")
				b.sparkops(0, "push-env") // a script of the last killed one may have begun after the first look
				for _, h := range b.Hosts()[:4] {
					b.wantNoTemps(h)
				}
			})
		})
	}
}

// killedPush runs a push and kills it, or what it runs on w1, after a while. It reports
// whether the push came to its end all the same.
func (b *bed) killedPush(side string, after time.Duration) bool {
	b.Helper()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	cmd := b.Launcher.Command(ctx, Spark, []string{"SPARK_HOME=" + SparkHome, "SPARK_CONF_DIR=" + ConfDir}, Sparkops, "push-env")
	b.must(cmd.Start())
	time.Sleep(after)
	if side == "launcher" {
		cancel()
	} else {
		b.must(b.Host("w1").killUser())
	}
	return cmd.Wait() == nil
}

// Typed on the master, whose own file is the one that is pushed: it stays as it is, also where a
// part for that host would have to be appended to it.
func TestPushFromTheMaster(t *testing.T) {
	onLast(t, func(b *bed) {
		b.must(b.Master.Write(Spark, envFile, b.SparkEnv(Small)+"# new\n", 0o644))
		b.must(b.Master.Write(Spark, SparkHome+"/conf/workers", "w1\nw2\nw3\n", 0o644))
		push := func() string {
			answer, err := b.Master.Run("SPARK_HOME=" + SparkHome + " " + Sparkops + " push-env -q=false; echo exit $?")
			b.must(err)
			return answer.Stdout
		}
		if got, want := push(), "ok       m1      spark-env.sh\nchanged  w[1-3]  spark-env.sh\nthis spark-env.sh is on 4 of 4 hosts\nexit 0\n"; got != want {
			b.Errorf("got\n%swant\n%s", got, want)
		}
		before, err := b.Master.Read(envFile)
		b.must(err)
		b.must(b.Master.Write(Spark, SparkHome+"/conf/spark-env.m1.sh", "SPARK_LOCAL_IP="+b.Master.Address+"\n", 0o644))
		if got := push(); !strings.Contains(got, "warn     m1  spark-env.sh") || !strings.Contains(got, "ok       w[1-3]  spark-env.sh") || !strings.Contains(got, "on 3 of 4 hosts") {
			b.Errorf("with a part for m1:\n%s", got)
		}
		if after, err := b.Master.Read(envFile); err != nil || after != before {
			b.Errorf("the source was written to: %q, %v", after, err)
		}
	})
}
