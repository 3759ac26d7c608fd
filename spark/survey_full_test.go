package spark

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/inventory"
)

// What fills a disk is counted where it is nearly full, in the work directory and each of the
// local ones; otherwise nobody waits for it.
func TestSurveyOfAFullDisk(t *testing.T) {
	sh, err := exec.LookPath("dash")
	if err != nil {
		t.Skip("no dash")
	}
	stat, err := exec.LookPath("stat")
	if err != nil {
		t.Skip("no stat")
	}
	for left, want := range map[string]string{"9": "app-1 spark-1", "50": ""} {
		b := newBed(t, []string{sh, "-s"}, "SPARK_LOCAL_DIRS=/nowhere/local,$SPARK_HOME/a\\ b\n")
		for _, dir := range []string{"work/app-1", "a b/spark-1", "a b/of-another"} {
			if err := os.MkdirAll(filepath.Join(b.home, dir), 0o755); err != nil {
				t.Fatal(err)
			}
			b.write(dir+"/x", strings.Repeat("x", 9000), 0o644)
		}
		bin := t.TempDir()
		fake := "#!/bin/sh\ncase $* in '-f -c '*) shift 3; for path; do printf 'kind=space\nof=" + left + "\t100\t1\t0\t0\t%s\n\n' \"$path\"; done ;; *) exec " + stat + " \"$@\" ;; esac\n"
		if err := os.WriteFile(filepath.Join(bin, "stat"), []byte(fake), 0o755); err != nil {
			t.Fatal(err)
		}
		h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}, "PATH="+bin+":"+os.Getenv("PATH"))
		var seen []string
		for _, name := range []string{"app-1", "spark-1", "of-another"} {
			for _, big := range h.Big {
				for _, size := range big.Sizes {
					if strings.HasPrefix(big.Of, b.home) && strings.HasSuffix(size, "/"+name) {
						seen = append(seen, name)
					}
				}
			}
		}
		if got := strings.Join(seen, " "); got != want {
			t.Errorf("%s of 100 left: %q, want %q: %v", left, got, want, h.Big)
		}
	}
}

// What a spark-env.sh leaves running in the background keeps nobody waiting.
func TestBackgroundOfSparkEnv(t *testing.T) {
	for name, argv := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, argv, "sleep 600 &\necho $! >\"$SPARK_HOME/background\"\n")
			task := (&Survey{Cluster: &Cluster{Home: b.home}}).task(Surveyed{Host: inventory.Host{Name: "w1"}, Roles: []Role{Worker}})
			text, err := task.Script.Text()
			if err != nil {
				t.Fatal(err)
			}
			said, err := os.Create(b.home + "/said")
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, b.sh[0], b.sh[1:]...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), said, said
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.home}
			ended := cmd.Run()
			pid, _ := os.ReadFile(b.home + "/background")
			n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
			if err != nil {
				t.Fatal(err)
			}
			running := syscall.Kill(n, syscall.SIGKILL) == nil
			if ended != nil || !running {
				t.Errorf("%v; what it left behind still ran: %v", ended, running)
			}
		})
	}
}
