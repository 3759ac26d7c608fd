package spark

import (
	"os"
	"path/filepath"
	"testing"

	"sparkops/inventory"
	"sparkops/spark/facts"
)

// The members of ZooKeeper are dialled, by the options or by spark-defaults.conf; a recovery
// directory is looked at.
func surveyOfRecovery(t *testing.T, b *bed) {
	conf, _ := os.ReadFile(b.home + "/conf/spark-env.sh")
	dir := t.TempDir()
	look := func(env, defaults string) *facts.Host {
		b.write("conf/spark-env.sh", string(conf)+env, 0o644)
		b.write("conf/spark-defaults.conf", defaults, 0o644)
		return b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "m1"})
	}
	state := func(h *facts.Host, address string) string {
		d, _ := h.Dial(address)
		return d.State
	}
	h := look("SPARK_DAEMON_JAVA_OPTS='-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=127.0.0.1:1,no.such.invalid/spark'\n", "")
	if len(h.Dialled) != 2 || state(h, "127.0.0.1:1") != "refused" || state(h, "no.such.invalid:2181") != "dns" {
		t.Errorf("by options: %+v", h.Dialled)
	}
	h = look("", "spark.deploy.recoveryMode   ZOOKEEPER\r\nspark.deploy.zookeeper.url=127.0.0.1:1\n")
	if len(h.Dialled) != 1 || state(h, "127.0.0.1:1") != "refused" {
		t.Errorf("by spark-defaults.conf: %+v", h.Dialled)
	}
	h = look("SPARK_MASTER_OPTS='-Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory="+dir+"/no/such'\n", "")
	if p := h.Path(facts.Recovery); p.Missing != dir+"/no" || !p.NearestWritable {
		t.Errorf("a directory: %+v", p)
	}
}

// Private keys are looked at, what is public is not.
func surveyOfKeys(t *testing.T, b *bed) {
	home := t.TempDir()
	for name, mode := range map[string]os.FileMode{"id_x": 0o640, "id_x.pub": 0o644, "id_x-cert.pub": 0o644, "config": 0o600} {
		if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, ".ssh", name), []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}, "HOME="+home)
	n := 0
	for _, p := range h.Paths {
		if p.What == facts.KeyFile {
			n++
		}
	}
	if p := h.Path(facts.KeyFile); n != 1 || p.Path != home+"/.ssh/id_x" || p.Mode != 0o640 {
		t.Errorf("%d keys: %+v", n, p)
	}
	if p := h.Path(facts.SSHDir); p.Mode != 0o700 {
		t.Errorf("%+v", p)
	}
}
