//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// sshdConfig is what the host's sshd reads before its default settings.
const sshdConfig = "/etc/ssh/sshd_config.d/e2e.conf"

// sshdPid is there as long as sshd serves: written when it listens on all of its
// addresses, removed when it has left them.
const sshdPid = "/run/sshd.pid"

// SetSSHD gives the host's sshd these settings on top of the default ones and returns
// when it serves with them. Sessions that are open go on with the old ones.
func (h *Host) SetSSHD(ctx context.Context, settings string) error {
	if err := h.Write(Root, sshdConfig, settings, 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	// Not by SIGHUP: between that and its effect the old one still answers.
	for _, step := range []struct {
		what, script string
		serves       bool
	}{
		{"sshd has ended", `"$(command -v sshd)" -t && kill "$(cat ` + sshdPid + `)"`, false},
		{"sshd answers", `"$(command -v sshd)" </dev/null >/dev/null 2>&1`, true},
	} {
		answer, err := h.RunAs(Root, step.script)
		if err != nil {
			return err
		}
		if answer.Exit != 0 {
			return fmt.Errorf("restarting sshd of %s with %q: exit %d: %s", h.Name, settings, answer.Exit, answer.Stderr)
		}
		err = Until(ctx, step.what, func() (bool, error) {
			_, err := os.Stat(h.path(sshdPid))
			if errors.Is(err, fs.ErrNotExist) {
				return !step.serves, nil
			}
			return step.serves, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
