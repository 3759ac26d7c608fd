package keys

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sparkops/ssh/config"
)

// Standing says what the configuration makes of an entry's name by itself: "" if nothing is said
// about it; else where, and whether it is all that the entry wants.
func (e Entry) Standing(ctx context.Context, files *config.Files) (at string, wanted bool, err error) {
	h, err := files.Host(ctx, e.Name)
	if err != nil {
		return "", false, err
	}
	at = h.From["hostname"]
	for _, p := range files.Patterns() {
		if at == "" && p.Text == e.Name {
			at = p.At
		}
	}
	return at, at != "" && e.unmet(h) == "", nil
}

// unmet is what a resolved name has otherwise than the entry wants it, "" if nothing.
func (e Entry) unmet(h *config.Host) string {
	differs := func(keyword, got, want string) string {
		from := h.From[keyword]
		if from != "" {
			from = " (" + from + ")"
		}
		return fmt.Sprintf("its %s is %s%s, not %s", keyword, got, from, want)
	}
	switch {
	case !sameAddress(h.HostName, e.Address):
		return differs("hostname", h.HostName, e.Address)
	case e.User != "" && h.User != e.User:
		return differs("user", h.User, e.User)
	case e.Port != 0 && h.Port != e.Port:
		return differs("port", fmt.Sprint(h.Port), fmt.Sprint(e.Port))
	case e.IdentityFile != "" && !slices.Contains(h.Identities, e.IdentityFile):
		return differs("identityfile", strings.Join(h.Identities, ", "), e.IdentityFile)
	}
	return ""
}

func sameAddress(a, b string) bool {
	one, err := netip.ParseAddr(a)
	two, err2 := netip.ParseAddr(b)
	return strings.EqualFold(a, b) || err == nil && err2 == nil && one == two
}

// anybody is a name that stands in nobody's configuration.
const anybody = "any.other.host.invalid"

// Verify holds a configuration with new entries against the one before: each entry's name
// comes to what it wants, and every other name, those of Host lines and those named, to what it
// was. nil is a yes.
func Verify(ctx context.Context, before, after *config.Files, entries []Entry, names []string) error {
	added := map[string]bool{}
	for _, e := range entries {
		added[e.Name] = true
		h, err := after.Host(ctx, e.Name)
		if err != nil {
			return err
		}
		if why := e.unmet(h); why != "" {
			return fmt.Errorf("%s would not be what was asked for: %s", e.Name, why)
		}
	}
	names = append(slices.Clone(names), anybody)
	for _, p := range before.Patterns() {
		if !strings.ContainsAny(p.Text, "*?!") {
			names = append(names, p.Text)
		}
	}
	for _, name := range names {
		if added[name] {
			continue
		}
		if was, is := meaning(ctx, before, name), meaning(ctx, after, name); was != is {
			return fmt.Errorf("what is said about %s would change", name)
		}
	}
	return nil
}

// meaning is all that a configuration says about a name, but where it says so.
func meaning(ctx context.Context, files *config.Files, name string) string {
	h, err := files.Host(ctx, name)
	if err != nil {
		return "refused" // the text has the name of the file in it
	}
	plain := *h
	plain.From, plain.Command = nil, nil
	return fmt.Sprintf("%+v", plain)
}
