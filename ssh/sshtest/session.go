package sshtest

import (
	"context"
	"syscall"

	gossh "golang.org/x/crypto/ssh"
)

// signals are those that RFC 4254 names, in both directions.
var signals = map[string]syscall.Signal{
	"ABRT": syscall.SIGABRT, "ALRM": syscall.SIGALRM, "FPE": syscall.SIGFPE, "HUP": syscall.SIGHUP,
	"ILL": syscall.SIGILL, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL, "PIPE": syscall.SIGPIPE,
	"QUIT": syscall.SIGQUIT, "SEGV": syscall.SIGSEGV, "TERM": syscall.SIGTERM,
	"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
}

// session serves one session channel: variables, then one command.
func (s *Server) session(ctx context.Context, client gossh.ConnMetadata, opening gossh.NewChannel) {
	channel, requests, err := opening.Accept()
	if err != nil {
		return
	}
	s.sessions.Add(1)
	env := s.options.environment(client)
	var run *command
	for r := range requests {
		ok := false
		switch r.Type {
		case "env":
			var v struct{ Name, Value string }
			if ok = gossh.Unmarshal(r.Payload, &v) == nil; ok {
				env = append(env, v.Name+"="+v.Value)
			}
		case "exec", "shell":
			if run == nil && !s.options.RefuseExec {
				run, ok = s.start(r, env)
			}
			r.Reply(ok, nil)
			if ok {
				s.follow(ctx, run, channel)
			}
			continue
		case "signal":
			var v struct{ Name string }
			if gossh.Unmarshal(r.Payload, &v) == nil && run != nil {
				ok = run.signal(signals[v.Name]) == nil
			}
		}
		r.Reply(ok, nil)
	}
	// The client has closed the channel, or the connection is gone. As under sshd, the
	// command goes on, learns of it when it uses its streams, and is a session until it ends.
	if run != nil {
		run.drop()
	}
	channel.Close()
	if run != nil {
		<-run.ended
	}
}

// start runs the command that r asks for: an exec's own, a shell's login shell.
func (s *Server) start(r *gossh.Request, env []string) (*command, bool) {
	var args []string
	if r.Type == "exec" {
		var v struct{ Command string }
		if gossh.Unmarshal(r.Payload, &v) != nil {
			return nil, false
		}
		args = []string{"-c", v.Command}
	}
	run, err := startCommand(s.options, args, env)
	return run, err == nil
}
