package ssh

import (
	"context"
	"os/exec"
	"slices"
	"time"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// ticketBound is how long the look for a Kerberos ticket may take.
const ticketBound = 2 * time.Second

// succeeds reports whether a command of Kerberos does; sh finds it by the PATH of environ.
func succeeds(ctx context.Context, environ []string, command ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, ticketBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", `exec "$@"`, "sh"}, command...)...)
	cmd.Env, cmd.WaitDelay = environ, grace
	return cmd.Run() == nil
}

// hasTicket reports whether klist knows of a Kerberos ticket that has not expired. Without
// one OpenSSH's client may get in by GSSAPI all the same, with a keytab of the user's.
func hasTicket(ctx context.Context, environ []string) bool {
	return succeeds(ctx, environ, "klist", "-s")
}

// ticketFor reports whether there is a ticket for a host, or the realm gives one for it: many
// take GSSAPI and are in no realm. It is asked for as OpenSSH's client does.
func (p *Pool) ticketFor(ctx context.Context, h *config.Host) bool {
	return p.ticket() && succeeds(ctx, p.Environ, "kvno", "-q", "-S", "host", h.HostName)
}

// gssapi reports whether OpenSSH's client has GSSAPI left to try, and no answer of a person
// was refused.
func (l *login) gssapi() bool {
	return l.openssh && l.host.GSSAPI && !l.answered && l.finished == nil && slices.Contains(l.takes, "gssapi-with-mic")
}

// needless reports whether a person need not be asked for a method's sake, as OpenSSH's client
// tries GSSAPI before it and has a ticket for this host. The login is left to it then.
func (l *login) needless(method string) bool {
	preferred := l.host.PreferredAuth
	first := preferred == nil || slices.Index(preferred, "gssapi-with-mic") < slices.Index(preferred, method)
	if l.beyond == "" && first && l.gssapi() && l.fits() {
		l.beyond = "it takes gssapi-with-mic, and there is a ticket for it"
	}
	return l.beyond != ""
}

// ticketless adds to the hint of a refused login that was left to OpenSSH's client for GSSAPI
// where a ticket comes from, if there is none.
func (p *Pool) ticketless(h *config.Host, err error) error {
	if err == nil || !slices.Contains(h.NeedSSH, "gssapiauthentication") {
		return err
	}
	e := *shell.AsError(err, shell.ClassClosed)
	if e.Class == shell.ClassAuth && !p.ticket() {
		e.Hint = "kinit, or " + e.Hint
	}
	return &e
}
