//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// The beds of part push.
const (
	killHosts = 4
	killSize  = 256 << 10
	killRate  = 1 << 20 // bytes a second to each host: a slow line
	kills     = 100
	timeSize  = 4 << 10
)

// push compares push-env with tools that copy a file to many hosts: what a kill leaves, what a
// full disk leaves and is said to be, and how long it takes.
func (b *bench) push() (table, error) {
	t := table{title: "push-env against tools that copy"}
	rows := map[string][]string{}
	header := "| | torn files after a kill | full disk: exit code, old file | 16 hosts: time, ratio, client's processor time | 64 hosts |\n| --- | --- | --- | --- | --- |\n"
	var present []tool
	for _, tool := range tools {
		if !tool.missing() {
			present = append(present, tool)
		}
	}
	for _, take := range []func(*bench, []tool, map[string][]string) error{(*bench).pushKilled, (*bench).pushFull, (*bench).pushTimes} {
		if err := take(b, present, rows); err != nil {
			return t, err
		}
	}
	t.text = header
	for _, tool := range present {
		t.text += "| " + tool.name + " | " + strings.Join(rows[tool.name], " | ") + " |\n"
	}
	return t, nil
}

// pushKilled kills each tool with all its children at random moments.
func (b *bench) pushKilled(all []tool, rows map[string][]string) error {
	bed, err := b.newPushBed(killHosts, killSize)
	if err != nil {
		return err
	}
	defer bed.cluster.Close()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	if err := bed.slow(ctx, killRate); err != nil {
		return err
	}
	for _, tool := range all {
		code, took, said, err := tool.run(b.ctx, bed)
		if _, changed, _ := bed.state(); err != nil || code != 0 || changed != killHosts {
			return fmt.Errorf("%s: exit %d, %d of %d hosts changed: %w\n%s", tool.name, code, changed, killHosts, err, said)
		}
		torn, runs := 0, 0
		for range kills {
			if err := bed.reset(); err != nil {
				return err
			}
			cmd := tool.command(b.ctx, bed)
			if err := cmd.Start(); err != nil {
				return err
			}
			time.Sleep(time.Duration(rand.Int64N(int64(took.took))))
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
			bed.settled()
			_, _, n := bed.state()
			torn += n
			if n > 0 {
				runs++
			}
		}
		say("push, killed: %s: %d files torn, in %d of %d runs", tool.name, torn, runs, kills)
		rows[tool.name] = append(rows[tool.name], fmt.Sprintf("%d of %d, in %d of %d runs", torn, kills*killHosts, runs, kills))
		if err := bed.reset(); err != nil {
			return err
		}
	}
	return nil
}

// pushFull has no room for the new file on one host of four.
func (b *bench) pushFull(all []tool, rows map[string][]string) error {
	bed, err := b.newPushBed(killHosts, killSize)
	if err != nil {
		return err
	}
	defer bed.cluster.Close()
	conf := bed.hosts()[0].SparkHome + "/conf"
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", killSize+killSize/4), "full", conf).CombinedOutput(); err != nil {
		return fmt.Errorf("mounting a small disk: %w: %s", err, out)
	}
	defer exec.Command("umount", "-l", conf).Run()
	for _, tool := range all {
		os.Remove(conf + "/fill")
		if err := bed.reset(); err != nil {
			return err
		}
		exec.Command("dd", "if=/dev/zero", "of="+conf+"/fill", "bs=4k").Run()  // until there is no room
		os.Truncate(bed.hosts()[0].SparkHome+"/conf/spark-env.sh", killSize/2) // the old one is shorter
		text, err := os.ReadFile(conf + "/spark-env.sh")
		if err != nil {
			return err
		}
		exec.Command("dd", "if=/dev/zero", "of="+conf+"/fill2", "bs=4k").Run()
		code, _, _, err := tool.run(b.ctx, bed)
		if err != nil {
			return err
		}
		now, _ := os.ReadFile(conf + "/spark-env.sh")
		old := "whole"
		switch wanted := bed.texts[(bed.turn+1)%2]; {
		case string(now) == wanted:
			old = "replaced"
		case string(now) != string(text):
			old = fmt.Sprintf("lost: %d of %d bytes are as in the new one", same(string(now), wanted), len(wanted))
		}
		os.Remove(conf + "/fill2")
		say("push, full disk: %s: exit %d, %s", tool.name, code, old)
		rows[tool.name] = append(rows[tool.name], fmt.Sprintf("%d, %s", code, old))
	}
	return nil
}

// same is how many bytes two texts have in common at their beginning.
func same(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// pushTimes takes the time for a small file to many hosts.
func (b *bench) pushTimes(all []tool, rows map[string][]string) error {
	for _, n := range []int{16, 64} {
		bed, err := b.newPushBed(n, timeSize)
		if err != nil {
			return err
		}
		samples := map[string][]sample{}
		for round := range b.rounds {
			for i := range all {
				tool := all[(i+round)%len(all)]
				if err := bed.reset(); err != nil {
					return err
				}
				code, took, said, err := tool.run(b.ctx, bed)
				if _, changed, _ := bed.state(); err != nil || code != 0 || changed != n {
					return fmt.Errorf("%s: exit %d, %d of %d hosts changed: %w\n%s", tool.name, code, changed, n, err, said)
				}
				samples[tool.name] = append(samples[tool.name], took)
			}
		}
		for _, tool := range all {
			ratio := median(samples[tool.name]).Seconds() / median(samples[all[0].name]).Seconds()
			say("push, %d hosts: %s %v", n, tool.name, sorted(samples[tool.name]))
			rows[tool.name] = append(rows[tool.name], fmt.Sprintf("%s, %.1f, %s", spread(samples[tool.name]), ratio, processor(samples[tool.name])))
		}
		if err := bed.cluster.Close(); err != nil {
			return err
		}
	}
	return nil
}
