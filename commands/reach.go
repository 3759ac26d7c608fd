package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// reach is the way to the hosts: which is this machine, and how ssh gets to the others.
type reach struct {
	self    self
	env     []string
	home    string
	files   *config.Files
	pool    *ssh.Pool
	routes  map[string]*config.Host
	refused map[string]error // hosts without a route, and why
	person  *terminal        // nil if nobody is there to ask

	mu    sync.Mutex
	local map[string]bool
}

// newReach reads the ssh configuration of every selected host. What cannot be read surely
// is a mistake: exit 2, before any host is touched.
func (a *app) newReach(ctx context.Context, t *site, s settings) (*reach, error) {
	name, home, _ := a.user()
	begin := home
	if !isDir(home) {
		begin = "" // where sparkops was started
	}
	me, err := newSelf(name)
	if err != nil {
		return nil, fmt.Errorf("asking for this machine's addresses: %w", err)
	}
	options, warnings, err := a.sshOptions(t, s, me.host)
	if err != nil {
		return nil, err
	}
	files, err := config.Load(options)
	if err != nil {
		return nil, sshMistake(err)
	}
	keygen, _ := exec.LookPath("ssh-keygen") // "" where there is none
	t.warnings = slices.Concat(t.warnings, warnings, files.Warnings)
	r := &reach{
		self: me, person: a.asker(s), env: a.localEnv(t), home: begin, files: files,
		routes: map[string]*config.Host{}, refused: map[string]error{}, local: map[string]bool{},
	}
	if err := r.resolve(ctx, slices.Concat(t.all.Masters, t.selected.Workers)); err != nil {
		return nil, err
	}
	r.pool = ssh.NewPool(ssh.Options{
		Resolve: files.Hop, ConnectTimeout: s.connectTimeout,
		Ask: r.asker(), SSH: options.SSH, Keygen: keygen, Executable: a.world.Executable, Environ: a.world.Env,
		Keys: ssh.NewKeyring(), KnownHosts: ssh.NewKnownHosts(),
		Warn: a.warner(s),
	})
	return r, nil
}

// sshOptions say which ssh configuration is read, and how.
func (a *app) sshOptions(t *site, s settings, localHost string) (o config.Options, warnings []string, err error) {
	name, home, uid := a.user()
	line, err := config.ParseOptions(t.value("SPARK_SSH_OPTS"))
	if err != nil {
		return o, nil, sshMistake(err)
	}
	line.DropMissing(home)
	openssh, _ := exec.LookPath("ssh") // "" where there is none
	return config.Options{
		File: cmp.Or(s.sshConfig, line.File), UserFile: filepath.Join(home, ".ssh/config"), SystemFile: "/etc/ssh/ssh_config",
		Home: home, User: name, UID: uid, LocalHost: localHost, Env: a.world.Getenv, Extra: line.Settings, SSH: openssh,
	}, line.Warnings, nil
}

// resolvers is how many names are looked up at a time: some may have to ask ssh -G, or run a
// Match exec.
const resolvers = 16

// lookups is how many questions to the name service there are at a time.
const lookups = 256

// resolve finds the way to each host. A host about which only OpenSSH could tell more, which
// is not there, is refused when its turn comes; any other error is a mistake.
func (r *reach) resolve(ctx context.Context, hosts []inventory.Host) error {
	routes, errs := make([]*config.Host, len(hosts)), make([]error, len(hosts))
	var group errgroup.Group
	group.SetLimit(resolvers)
	for i, h := range hosts {
		group.Go(func() error {
			routes[i], errs[i] = r.files.Host(ctx, h.Name)
			return nil
		})
	}
	group.Wait()
	for i, h := range hosts {
		err := errs[i]
		if err != nil {
			err = fmt.Errorf("%s (%s): %w", h.Name, h.From, err)
		}
		e, ok := errors.AsType[*config.Error](err)
		switch {
		case err == nil:
			r.routes[h.Name] = routes[i]
		case ok && e.Unasked:
			r.refused[h.Name] = &shell.Error{Class: shell.ClassConfig, Hint: e.Hint, Err: err}
		default:
			return sshMistake(err)
		}
	}
	return nil
}

// asker is the person as package ssh takes it.
func (r *reach) asker() ssh.Asker {
	if r.person == nil {
		return nil
	}
	return r.person
}

// warner tells warnings on standard error, one line each.
func (a *app) warner(s settings) func(string) {
	var mu sync.Mutex
	return func(text string) {
		if s.quiet {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(a.world.Stderr, "warning: %s\n", text)
	}
}

func sshMistake(err error) error {
	m := &mistake{err: err}
	if e, ok := errors.AsType[*config.Error](err); ok {
		m.hint = e.Hint
	}
	return m
}

// localEnv is the environment of scripts on this machine: the user's own, with the conf
// directory that was asked for.
func (a *app) localEnv(t *site) []string {
	var env []string
	for _, entry := range a.world.Env {
		if !strings.HasPrefix(entry, "SPARKOPS_") {
			env = append(env, entry)
		}
	}
	if t.asked {
		env = append(env, "SPARK_CONF_DIR="+t.confDir)
	}
	return env
}

// connect is [fleet.Fleet].Connect.
func (r *reach) connect(ctx context.Context, name string) (shell.Runner, error) {
	if err := r.refused[name]; err != nil {
		return nil, err
	}
	route := r.routes[name]
	if r.isLocal(ctx, name, route) {
		return r.here(), nil
	}
	conn, err := r.pool.Connect(ctx, route)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

func (r *reach) isLocal(ctx context.Context, name string, route *config.Host) bool {
	r.mu.Lock()
	local, known := r.local[name]
	r.mu.Unlock()
	if known {
		return local
	}
	local = r.self.is(ctx, route.HostName, route.User, route.Port, len(route.Jump) > 0 || route.ProxyCommand != "")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local[name] = local
	return local
}

// findLocal finds out about all hosts at a time whether they are this machine: a name service
// that is down makes each of them take its bound.
func (r *reach) findLocal(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(lookups)
	for name, route := range r.routes {
		group.Go(func() error {
			r.isLocal(ctx, name, route)
			return nil
		})
	}
	group.Wait()
}

// here is this machine; scripts begin in the home directory, as after a login.
func (r *reach) here() shell.Runner { return thisMachine{Local: shell.Local{Env: r.env, Dir: r.home}} }

// thisMachine runs scripts and opens connections here.
type thisMachine struct {
	shell.Local
	net.Dialer
}

func (r *reach) close() { r.pool.Close() }
