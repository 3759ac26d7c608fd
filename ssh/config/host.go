package config

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Host is the configuration for a name, which may be user@host; that user then wins over
// all files, but not over the command line. What applies to the name and cannot be honoured
// is an [*Error]. A command of Match exec, a look-up and an ssh -G take 10 seconds at most,
// and are asked for once, however many names need them.
func (f *Files) Host(ctx context.Context, name string) (*Host, error) {
	user, host := cutUser(name)
	r := &resolution{files: f, name: host, options: f.extra, user: user, destination: name}
	r.args = f.args(f.Extra)
	h, err := r.resolve(ctx)
	if err == nil {
		err = r.loops(h)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Hop is the configuration of a bastion as ProxyJump names it: what stands there beats its
// own block, and its own block is all that it has else. As with ssh, the settings of the
// command line are not for bastions.
func (f *Files) Hop(ctx context.Context, name string) (*Host, error) {
	user, host, number, err := cutHop(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r := &resolution{files: f, name: host, user: user, port: number, destination: host}
	var typed []Setting
	if user != "" {
		typed = append(typed, Setting{"User", user})
	}
	if number != 0 {
		typed = append(typed, Setting{"Port", strconv.Itoa(number)})
	}
	r.args = f.args(typed)
	return r.resolve(ctx)
}

// args are those of an ssh that is to read the same.
func (f *Files) args(settings []Setting) []string {
	var args []string
	if f.File != "" {
		args = append(args, "-F", f.File)
	}
	for _, s := range settings {
		args = append(args, "-o", s.Keyword+"="+s.Value)
	}
	return args
}

// resolution is one look-up.
type resolution struct {
	files   *Files
	name    string // as it was asked for
	options []line // of the command line, for this name
	user    string // that was typed with the name
	port    int

	args        []string // of an ssh for this name
	destination string   // and the name as it takes it

	host    string            // the name that Host blocks see: in the second pass, the one to connect to
	final   bool              // this is the second pass
	first   map[string]line   // the first line of each keyword that applies
	many    map[string][]line // of those that add up
	sendEnv []string
	tokens  map[byte]string

	undecided bool // only ssh can say, for
	why       line
}

// begin takes what stands before all files.
func (r *resolution) begin() {
	r.first, r.many, r.sendEnv = map[string]line{}, map[string][]line{}, nil
	r.host = r.name
	for _, l := range r.options {
		r.take(l)
	}
	if r.user != "" {
		r.take(line{keyword: "user", kind: text, args: []string{r.user}})
	}
	if r.port != 0 {
		r.take(line{keyword: "port", kind: port, args: []string{strconv.Itoa(r.port)}})
	}
}

// resolve reads all lines once, and once more where the name to connect to may change which
// ones apply.
func (r *resolution) resolve(ctx context.Context) (*Host, error) {
	if strings.HasPrefix(r.destination, "-") || strings.HasPrefix(r.name, "-") {
		return nil, fmt.Errorf("%q is no name of a host: ssh takes it for an option", r.destination)
	}
	r.begin()
	if err := r.pass(ctx); err != nil {
		return nil, err
	}
	target, err := r.target(ctx)
	if err != nil {
		return nil, err
	}
	if r.files.final || r.canonicalizes() != "no" {
		r.final, r.host = true, target
		r.settle(target)
		if err := r.pass(ctx); err != nil {
			return nil, err
		}
	}
	if r.undecided {
		if target, err = r.ask(ctx); err != nil {
			return nil, err
		}
	}
	return r.answer(target)
}

// target is the name to connect to. Tokens in HostName are %h and %%.
func (r *resolution) target(ctx context.Context) (string, error) {
	name := r.name
	if l, ok := r.first["hostname"]; ok {
		var err error
		if name, err = expand(l.args[0], map[byte]string{'%': "%", 'h': r.name}, nil); err != nil {
			return "", l.refuse("", "%w", err)
		}
	}
	return r.canonical(ctx, strings.ToLower(name))
}

// settle makes a name the HostName that no later line changes.
func (r *resolution) settle(target string) {
	l, ok := r.first["hostname"]
	if !ok && target != strings.ToLower(r.name) {
		l = r.first["canonicalizehostname"]
	}
	l.keyword, l.args = "hostname", []string{strings.ReplaceAll(target, "%", "%%")}
	r.first["hostname"] = l
}

// word is the value of a keyword, "" if there is none.
func (r *resolution) word(keyword string) string {
	if l, ok := r.first[keyword]; ok {
		return l.args[0]
	}
	return ""
}
