//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A quota that the new file would pass: the old one is whole, the quota is named, nothing is
// left, and what the quota allows gets through.
func TestPushQuota(t *testing.T) {
	if systems, _ := os.ReadFile("/proc/filesystems"); !strings.Contains(string(systems), "\tbtrfs\n") {
		t.Skip("not tested: this kernel has no btrfs, whose quotas need nothing else of it")
	}
	if _, err := exec.LookPath("mkfs.btrfs"); err != nil {
		t.Skip("not tested: no mkfs.btrfs")
	}
	onFirst(t, func(b *bed) {
		w1, conf := b.Host("w1"), SparkHome+"/conf"
		old := b.SparkEnv(Small)
		b.on(w1, Root, `set -e
			mkdir -p /run/quota
			truncate -s 128M /run/quota/image
			mkfs.btrfs -q /run/quota/image >/dev/null 2>&1
			mkdir /run/quota/all
			mount -o loop /run/quota/image /run/quota/all
			cd /run/quota/all
			btrfs quota enable .
			btrfs subvolume create conf >/dev/null
			btrfs qgroup limit 256k conf
			chown spark: conf
			mount --bind conf `+conf)
		b.Cleanup(func() { b.on(w1, Root, "umount -l "+conf+"; umount -l /run/quota/all; rm -r /run/quota") })
		b.must(w1.Write(Spark, envFile, old, 0o644))
		b.on(w1, Root, "sync -f "+conf)
		b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", old+strings.Repeat("# filler\n", 60_000), 0o644))
		row := b.row(b.sparkops(5, "push-env"), "w1")
		if row.Status != "fail" || row.Class != "disk" || !strings.Contains(row.Message, "Disk quota exceeded") || row.Hint == "" {
			b.Errorf("%+v", row)
		}
		if now, err := w1.Read(envFile); err != nil || now != old {
			b.Errorf("the old file is not whole: %d bytes, %v", len(now), err)
		}
		b.wantNoTemps(w1)
		b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", old+"# small\n", 0o644))
		if row := b.row(b.sparkops(0, "push-env"), "w1"); row.Status != "changed" {
			b.Errorf("within the quota: %+v", row)
		}
	})
}
