package config

import (
	"errors"
	"fmt"
	"strings"
)

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

// path expands ~, ${ENV} and tokens, as ssh does.
func (r *resolution) path(value string) (string, error) {
	home := ""
	if rest, ok := strings.CutPrefix(value, "~"); ok {
		if rest != "" && rest[0] != '/' {
			return "", errors.New("the home of another user is not understood by this version")
		}
		home, value = r.files.Home, rest
	}
	value, err := expand(value, r.tokens, r.env)
	return home + value, err
}

// expand replaces %x, and ${NAME} unless env is nil. It looks once: what a variable holds
// stays as it is.
func expand(value string, tokens map[byte]string, env func(string) (string, bool)) (string, error) {
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

func (r *resolution) env(name string) (string, bool) {
	if r.files.Env == nil {
		return "", false
	}
	return r.files.Env(name)
}

// agent is IdentityAgent: none, SSH_AUTH_SOCK, $NAME or a path; without it, SSH_AUTH_SOCK.
func (r *resolution) agent(h *Host) (err error) {
	value := "SSH_AUTH_SOCK"
	l, ok := r.first["identityagent"]
	if ok {
		value = l.args[0]
	}
	switch name, variable := strings.CutPrefix(value, "$"); {
	case value == "none":
	case value == "SSH_AUTH_SOCK":
		h.Agent, _ = r.env(value)
	case variable && !strings.HasPrefix(name, "{"):
		h.Agent, _ = r.env(name)
	default:
		if h.Agent, err = r.path(value); err != nil {
			return l.refuse("", "%s: %w", value, err)
		}
	}
	return nil
}
