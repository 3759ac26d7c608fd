package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	gossh "golang.org/x/crypto/ssh"
)

// MaxWorkers is how many workers a sandbox may have.
const MaxWorkers = 500

// Options of a sandbox.
type Options struct {
	Workers    int    // 3 if 0, at most MaxWorkers
	Dir        string // where the temporary directory is made; [os.TempDir] if empty
	Executable string // the program that calls [StandIn] when its name is java; [os.Executable] if empty

	// SparkHome is a real Spark for the hosts to use: theirs are directories of symbolic
	// links into it, with conf, logs, work and pids of their own. Empty for the stand-in.
	SparkHome string

	// Password makes the hosts what they are before push-keys: it lets everybody in, and so do the keys
	// of ~/.ssh/authorized_keys there; the launcher has no key yet. Empty for a launcher with a key.
	Password string

	// Env is added to the environment of every host's daemons: JAVA_HOME for a real Spark,
	// say. Entries are NAME=value.
	Env []string

	// SSH, if set, may change the configuration of every host's SSH server before it listens.
	SSH func(*gossh.ServerConfig)
}

// Cluster is a sandbox that is up. Its methods may be called by several goroutines at a time.
type Cluster struct {
	root   string
	launch string // the SPARK_HOME that the launcher is told of
	hosts  []*host
}

// Host is what there is to know of one host.
type Host struct {
	Name      string // master, worker1, worker2 ...
	Address   string // its loopback address; what its daemons bind and announce
	SSH       string // host:port of its SSH server
	RPCPort   int    // of the master; 0 for workers, whose port is random
	WebUIPort int    // 8080 or 8081, unless something on this machine has it
	Home      string
	SparkHome string
	EnvFile   string // conf/host-env.sh: sh assignments for the daemons of this host
	Logs      string // directory of the daemons' logs
	Pids      string // directory of the pid files
}

// Start clears the leftovers of crashed sandboxes in o.Dir away and makes a new one. Its
// SSH servers are up when Start returns; daemons are for sparkops to start.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o.Workers, o.Dir = cmp.Or(o.Workers, 3), cmp.Or(o.Dir, os.TempDir())
	if o.Workers < 0 || o.Workers > MaxWorkers {
		return nil, fmt.Errorf("a sandbox has 1 to %d workers, not %d", MaxWorkers, o.Workers)
	}
	if err := CleanUp(o.Dir); err != nil {
		return nil, err
	}
	root, err := makeRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("making the sandbox: %w", err)
	}
	c := &Cluster{root: root}
	if err := c.build(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("making the sandbox: %w", err), c.Close())
	}
	return c, nil
}

func (c *Cluster) build(ctx context.Context, o Options) error {
	spark, err := newSpark(o)
	if err != nil {
		return err
	}
	login, err := c.login(o)
	if err != nil {
		return err
	}
	if c.hosts, err = openHosts(c.root, o.Workers+1, login); err != nil {
		return err
	}
	c.launch = c.hosts[0].SparkHome
	env := clusterEnv(c.hosts[0].Host)
	for _, h := range c.hosts {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := h.build(spark, env, o.Env); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	return c.writeLauncher(env)
}

// Dir is the temporary directory of the sandbox.
func (c *Cluster) Dir() string { return c.root }

// Env is the variables that point sparkops at the sandbox, as NAME=value.
func (c *Cluster) Env() []string {
	return []string{
		"SPARKOPS_CONF_DIR=" + filepath.Join(c.root, "conf"),
		"SPARKOPS_SSH_CONFIG=" + filepath.Join(c.root, "ssh", "config"),
		"SPARKOPS_SPARK_HOME=" + c.launch,
	}
}

// MasterURL is spark://HOST:PORT of the master that the sandbox's spark-env.sh asks for.
func (c *Cluster) MasterURL() string {
	m := c.hosts[0]
	return "spark://" + net.JoinHostPort(m.Address, strconv.Itoa(m.RPCPort))
}

// Hosts are the master and the workers, in the order of their numbers.
func (c *Cluster) Hosts() []Host {
	var all []Host
	for _, h := range c.hosts {
		all = append(all, h.Host)
	}
	return all
}

// Host is the host of that name, the zero Host if there is none.
func (c *Cluster) Host(name string) Host {
	if h := c.find(name); h != nil {
		return h.Host
	}
	return Host{}
}

// Unplug closes the SSH server of a host for good, as if it were switched off. Its daemons
// go on until Close.
func (c *Cluster) Unplug(name string) error {
	h := c.find(name)
	if h == nil {
		return fmt.Errorf("no host %q in the sandbox", name)
	}
	return h.server.Close()
}

// Close ends the SSH servers and every daemon of the sandbox, and removes its directory. It
// takes ten seconds at most; closing twice is fine.
func (c *Cluster) Close() error {
	var all []error
	for _, h := range c.hosts {
		all = append(all, h.server.Close())
	}
	all = append(all, removeRoot(c.root))
	return errors.Join(all...)
}

func (c *Cluster) find(name string) *host {
	for _, h := range c.hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// publicLine is a key as known_hosts holds it.
func publicLine(key gossh.PublicKey) string {
	return string(gossh.MarshalAuthorizedKey(key))
}
