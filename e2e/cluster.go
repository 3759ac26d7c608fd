//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Paths on every host, and on the launcher.
const (
	SparkHome = "/opt/spark"
	ConfDir   = "/home/spark/conf" // the launcher's
	Sparkops  = "/opt/sparkops/sparkops"
)

// Cluster is five hosts: a master, three workers, and the launcher, on which
// sparkops runs and no daemon does.
type Cluster struct {
	Master   *Host
	Workers  []*Host
	Launcher *Host

	network *Network
	hosts   []*Host
	dir     string // of this machine, removed by Close
	java    string // JAVA_HOME on every host
}

// names are the hosts in the order of their addresses.
var names = []string{"m1", "w1", "w2", "w3", "launcher"}

// NewCluster brings up the hosts with the Spark of directory sparkFrom and the
// program of file sparkops, which may be "" for work without it. Nothing is
// configured yet: see [Cluster.Reset].
func NewCluster(sparkFrom, sparkops string) (*Cluster, error) {
	c := &Cluster{}
	if err := c.bringUp(sparkFrom, sparkops); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) bringUp(sparkFrom, sparkops string) error {
	java, err := javaHome()
	if err != nil {
		return err
	}
	c.java = java
	if c.dir, err = TempDir(); err != nil {
		return err
	}
	key, err := c.shared(sparkops)
	if err != nil {
		return err
	}
	if c.network, err = NewNetwork(); err != nil {
		return err
	}
	for i, name := range names {
		h, err := begin(hostConfig{
			name: name, address: address(i), hostsFile: filepath.Join(c.dir, "hosts"),
			sparkFrom: sparkFrom, tools: filepath.Join(c.dir, "tools"), authorizedKey: key,
		})
		if err != nil {
			return err
		}
		c.hosts = append(c.hosts, h)
	}
	c.Master, c.Workers, c.Launcher = c.hosts[0], c.hosts[1:4], c.hosts[4]
	for _, h := range c.hosts {
		if err := h.connect(c.network); err != nil {
			return err
		}
	}
	return c.login()
}

// address is from a private range; it exists in the cluster's own namespaces only.
func address(i int) string { return fmt.Sprintf("10.231.7.%d", i+1) }

// shared makes what all hosts are given: names, the program, and a key, whose
// public half it returns.
func (c *Cluster) shared(sparkops string) (string, error) {
	lines := []string{"127.0.0.1 localhost"}
	for i, name := range names {
		lines = append(lines, address(i)+" "+name)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "hosts"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return "", err
	}
	tools := filepath.Join(c.dir, "tools")
	if err := os.Mkdir(tools, 0o755); err != nil {
		return "", err
	}
	if sparkops != "" {
		program, err := os.ReadFile(sparkops)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(tools, "sparkops"), program, 0o755); err != nil {
			return "", err
		}
	}
	key := filepath.Join(c.dir, "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", key).CombinedOutput(); err != nil {
		return "", fmt.Errorf("ssh-keygen: %w: %s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	return strings.TrimSpace(string(public)), err
}

// login gives the key to the launcher, and to the master, from which Spark's own
// procedure starts the workers.
func (c *Cluster) login() error {
	private, err := os.ReadFile(filepath.Join(c.dir, "key"))
	if err != nil {
		return err
	}
	for _, h := range []*Host{c.Launcher, c.Master} {
		if err := h.Write(Spark, "/home/spark/.ssh/id_ed25519", string(private), 0o600); err != nil {
			return err
		}
	}
	return c.Launcher.Write(Spark, "/home/spark/.ssh/config", "Host m1 w1 w2 w3\n    User spark\n    IdentityFile ~/.ssh/id_ed25519\n", 0o600)
}

// Hosts are all hosts, the master first and the launcher last.
func (c *Cluster) Hosts() []*Host { return c.hosts }

// Host is the host of that name.
func (c *Cluster) Host(name string) *Host {
	for _, h := range c.hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Close ends all hosts and removes what was made for them.
func (c *Cluster) Close() error {
	for _, h := range c.hosts {
		h.Close()
	}
	if c.network != nil {
		c.network.Close()
	}
	if c.dir == "" {
		return nil
	}
	return os.RemoveAll(c.dir)
}
