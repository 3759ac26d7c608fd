package config

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
)

// common are the tokens that most keywords know, but for %k.
func (r *resolution) common(host, user, port string) map[byte]string {
	f := r.files
	short, _, _ := strings.Cut(f.LocalHost, ".")
	return map[byte]string{
		'%': "%", 'd': f.Home, 'h': host, 'i': strconv.Itoa(f.UID), 'j': r.jumps(), 'n': r.name, 'p': port, 'r': user, 'u': f.User,
		'l': f.LocalHost, 'L': short, 'C': digest(f.LocalHost, host, port, user),
	}
}

// jumps is %j: ProxyJump as it is written, but for none.
func (r *resolution) jumps() string {
	if l, ok := r.first["proxyjump"]; ok && l.args[0] != "none" {
		return strings.Join(l.args, ",")
	}
	return ""
}

// digest is %C. Up to OpenSSH 9.6 it is made of %l%h%p%r, then of %j too.
func digest(parts ...string) string {
	return fmt.Sprintf("%x", sha1.Sum([]byte(strings.Join(parts, ""))))
}

// paths expands the values of a line and adds them to all; none adds nothing.
func (r *resolution) paths(l line, all []string) ([]string, error) {
	for _, value := range l.args {
		if isNone(value) {
			continue
		}
		path, err := r.path(value)
		if err != nil {
			return nil, l.refuse("", "%s: %w", value, err)
		}
		all = append(all, path)
	}
	return all, nil
}

// one is the path of a keyword, "" for none.
func (r *resolution) one(keyword string) (string, error) {
	l, ok := r.first[keyword]
	if !ok {
		return "", nil
	}
	all, err := r.paths(l, nil)
	return strings.Join(all, ""), err
}

// path expands ~, ${NAME} and tokens, as ssh does.
func (r *resolution) path(value string) (string, error) {
	if !strings.HasPrefix(value, "~") {
		return expand(value, r.tokens, r.files.env)
	}
	head, _, _ := strings.Cut(value, "/")
	home, err := r.files.tilde(head)
	if err != nil {
		return "", err
	}
	tail := value[len(head):]
	if tail != "" {
		tail = "/" + strings.TrimLeft(tail, "/")
	}
	rest, err := expand(tail, r.tokens, r.files.env)
	return home + rest, err
}

// tilde expands a ~ or ~user in front of a path.
func (f *Files) tilde(path string) (string, error) {
	head, _, _ := strings.Cut(path, "/")
	home := f.Home
	if name := head[1:]; name != "" {
		of, err := user.Lookup(name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", head, err)
		}
		home = of.HomeDir
	}
	return home + path[len(head):], nil
}

// expand replaces %x, and ${NAME} unless env is nil. It looks once: what a variable holds
// stays as it is.
func expand(value string, tokens map[byte]string, env func(string) (string, bool)) (string, error) {
	if !strings.ContainsAny(value, "%$") {
		return value, nil
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '%':
			i++
			if i == len(value) {
				return "", errors.New("a % at the end")
			}
			token, ok := tokens[value[i]]
			if !ok {
				return "", fmt.Errorf("the token %%%c is not understood here", value[i])
			}
			b.WriteString(token)
		case env != nil && strings.HasPrefix(value[i:], "${"):
			name, _, closed := strings.Cut(value[i+2:], "}")
			v, ok := env(name)
			if !closed || !ok {
				return "", fmt.Errorf("the variable ${%s} is not set", name)
			}
			b.WriteString(v)
			i += len("${") + len(name)
		default:
			b.WriteByte(value[i])
		}
	}
	return b.String(), nil
}

func (f *Files) env(name string) (string, bool) {
	if f.Env == nil {
		return "", false
	}
	return f.Env(name)
}
