package sandbox

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// writeLauncher writes what the machine that sparkops is typed on has: conf and ssh.
func (c *Cluster) writeLauncher(env string) error {
	conf, ssh := filepath.Join(c.root, "conf"), filepath.Join(c.root, "ssh")
	if err := os.MkdirAll(conf, 0o755); err != nil {
		return err
	}
	files := map[string]string{
		filepath.Join(conf, "masters"):      hostList(c.hosts[:1]),
		filepath.Join(conf, "workers"):      hostList(c.hosts[1:]),
		filepath.Join(conf, "spark-env.sh"): env,
		filepath.Join(ssh, "config"):        sshConfig(ssh, c.hosts),
		filepath.Join(ssh, "known_hosts"):   knownHosts(c.hosts),
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// hostList names hosts, each with its SPARK_HOME: they share the launcher's file system, so
// that the launcher's own path would be found on all of them.
func hostList(hosts []*host) string {
	var b strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&b, "%s  # sparkops: spark_home=%s\n", h.Name, word(h.SparkHome))
	}
	return b.String()
}

func sshConfig(dir string, hosts []*host) string {
	var b strings.Builder
	for _, h := range hosts {
		_, port, _ := net.SplitHostPort(h.SSH)
		fmt.Fprintf(&b, "Host %s\n  HostName %s\n  Port %s\n\n", h.Name, h.Address, port)
	}
	fmt.Fprintf(&b, `Host *
  User spark
  IdentityFile %s
  IdentitiesOnly yes
  UserKnownHostsFile %s
  StrictHostKeyChecking yes
`, word(filepath.Join(dir, "id_ed25519")), word(filepath.Join(dir, "known_hosts")))
	return b.String()
}

// word is a path as one word of ssh_config(5) and of a comment for sparkops.
func word(path string) string {
	if strings.Contains(path, " ") {
		return `"` + path + `"`
	}
	return path
}

func knownHosts(hosts []*host) string {
	var b strings.Builder
	for _, h := range hosts {
		name := h.Address
		if _, port, _ := net.SplitHostPort(h.SSH); port != "22" {
			name = "[" + h.Address + "]:" + port
		}
		b.WriteString(name + " " + publicLine(h.key.PublicKey()))
	}
	return b.String()
}
