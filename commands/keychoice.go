package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sparkops/inventory"
	"sparkops/keys"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// keyChoice decides which key a host is to take: the one that is named; the first IdentityFile
// that exists; a key of the agent; one that is made for it.
type keyChoice struct {
	*app
	named  string // --key
	exists bool   // none is to be made
	dry    bool   // nothing is to be made, and what would be is told
	yes    bool
	person *terminal    // nil if nobody is to be asked
	ring   *ssh.Keyring // of the logins to come
	home   string
	byPath map[string]keys.Key // made, or told
}

func (j *job) keyChoice(named string, exists, dry bool) *keyChoice {
	return j.app.keyChoice(j.settings, j.reach.person, j.reach.pool.Keys, named, exists, dry)
}

func (a *app) keyChoice(s settings, person *terminal, ring *ssh.Keyring, named string, exists, dry bool) *keyChoice {
	_, home, _ := a.user()
	return &keyChoice{app: a, named: named, exists: exists, dry: dry, yes: s.yes, person: person, ring: ring, home: home, byPath: map[string]keys.Key{}}
}

// all chooses for each host. A host without a route has no key, and tells why when its turn comes.
func (k *keyChoice) all(ctx context.Context, r *reach, hosts []string) (map[string]keys.Key, error) {
	chosen := map[string]keys.Key{}
	var without []string
	for _, h := range hosts {
		route := r.routes[h]
		if route == nil {
			route = &config.Host{}
		}
		key, ok, err := k.existing(ctx, route)
		if err != nil {
			return nil, err
		}
		if !ok {
			without = append(without, h)
			continue
		}
		chosen[h] = key
	}
	for _, h := range without {
		key, err := k.make(ctx, r.routes[h], without)
		if err != nil {
			return nil, err
		}
		chosen[h] = key
	}
	return chosen, nil
}

// existing is the key that is there for a host.
func (k *keyChoice) existing(ctx context.Context, route *config.Host) (key keys.Key, ok bool, err error) {
	if k.named != "" {
		path, err := filepath.Abs(k.named)
		if err != nil {
			return keys.Key{}, false, err
		}
		key, err := loadKey(ctx, path, keys.Load)
		if errors.Is(err, fs.ErrNotExist) && !k.exists && filepath.Ext(path) != ".pub" {
			return keys.Key{}, false, k.mistyped()
		}
		if err != nil {
			return keys.Key{}, false, unread(err)
		}
		return key, true, nil
	}
	var unused error // of the first that is there and that ssh would not use: better than a new pair
	for _, path := range route.Identities {
		key, err := loadKey(ctx, path, keys.Load)
		if errors.Is(err, fs.ErrNotExist) {
			key, err = loadKey(ctx, path+".pub", keys.Load) // of a key that the agent holds
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil && (route.IdentitiesSet || ctx.Err() != nil):
			return keys.Key{}, false, unread(err)
		case err != nil: // nobody has asked for it
			if unused == nil {
				unused = unread(err)
			}
		case !onToken(key):
			return key, true, nil
		}
	}
	if route.IdentitiesOnly {
		return keys.Key{}, false, unused
	}
	held, _ := k.ring.Agent(route.Agent) // an agent that is not there holds no key
	for _, h := range held {
		if key := (keys.Key{Public: h.Public, Comment: h.Comment}); !onToken(key) {
			return key, true, nil
		}
	}
	return keys.Key{}, false, unused
}

// mistyped refuses a key that was named and is not there, where nobody can be asked whether it
// is to be made: --yes is a yes to what is offered, and nobody has offered that.
func (k *keyChoice) mistyped() error {
	if k.person != nil && !k.yes {
		return nil
	}
	return mistakef(quoteWords([]string{"ssh-keygen", "-t", "ed25519", "-f", k.named}), "--key %s: there is no such file; without --key a pair is made where ssh looks for one", k.named)
}

// onToken reports that each login would cost a touch: nothing for a cluster.
func onToken(k keys.Key) bool { return strings.HasPrefix(k.Type(), "sk-") }

// make makes the pair for a host that has none, where the person says so or --yes does.
func (k *keyChoice) make(ctx context.Context, route *config.Host, without []string) (keys.Key, error) {
	path := k.place(route)
	if made, ok := k.byPath[path]; ok {
		return made, nil
	}
	shown, hosts := keys.Tilde(path, k.home), inventory.Fold(without)
	none := fmt.Sprintf("there is no key for %s: no IdentityFile that exists, and none in an agent", hosts)
	if k.named != "" { // a person is there
		none = "there is no key " + k.named
	}
	switch {
	case k.exists:
		return keys.Key{}, mistakef("sparkops push-keys --remove --key FILE", "%s", none)
	case k.dry:
		fmt.Fprintf(k.world.Stderr, "a key pair would be made: %s\n", shown)
		k.byPath[path] = keys.Key{Private: path}
		return k.byPath[path], nil
	case k.yes:
	case k.person == nil:
		return keys.Key{}, mistakef(k.asTyped("--yes"), "%s; --yes makes one, %s; or --key FILE", none, shown)
	default:
		yes, err := k.person.Confirm(ctx, fmt.Sprintf("%s.\nMake one (ed25519), %s?", none, shown))
		if err != nil || !yes {
			return keys.Key{}, mistakef("sparkops push-keys --key FILE", "%s", none)
		}
	}
	passphrase, err := k.passphrase(ctx, shown)
	if err != nil {
		return keys.Key{}, err
	}
	name, _, _ := k.user()
	host, _ := os.Hostname() // a comment
	made, err := keys.Make(path, name+"@"+host, passphrase)
	if err != nil {
		return keys.Key{}, fmt.Errorf("making a key pair: %w", err)
	}
	k.ring.Unlock(ctx, path, passphrase) // who has typed it twice is not asked again
	fmt.Fprintf(k.world.Stderr, "made %s and %s.pub: %s\n", shown, shown, made.Fingerprint())
	k.byPath[path] = made
	return made, nil
}

// place is where a pair is made: the file that is named, or configured and not there, else
// where ssh looks.
func (k *keyChoice) place(route *config.Host) string {
	if k.named != "" {
		if path, err := filepath.Abs(k.named); err == nil {
			return path
		}
	}
	if route != nil && route.IdentitiesSet && len(route.Identities) > 0 {
		return route.Identities[0]
	}
	return filepath.Join(k.home, ".ssh", "id_ed25519")
}

// passphrase is what a new key is locked with; --yes is no passphrase.
func (k *keyChoice) passphrase(ctx context.Context, shown string) (string, error) {
	if k.yes || k.person == nil {
		return "", nil
	}
	const tries = 3
	for range tries {
		once, err := k.person.Secret(ctx, "passphrase for the new key "+shown+" (none: just Enter)")
		if err != nil || once == "" {
			return "", err
		}
		again, err := k.person.Secret(ctx, "once more")
		if err != nil {
			return "", err
		}
		if once == again {
			return once, nil
		}
	}
	return "", mistakef("sparkops push-keys", "the two passphrases were not the same, %d times", tries)
}
