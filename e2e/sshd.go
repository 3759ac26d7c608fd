//go:build linux

package e2e

import (
	"context"
	"slices"
	"time"
)

// sshdConfig is what the host's sshd reads before its default settings.
const sshdConfig = "/etc/ssh/sshd_config.d/e2e.conf"

// SetSSHD gives the host's sshd these settings on top of the default ones and returns
// when it serves with them. Sessions that are open go on with the old ones.
func (h *Host) SetSSHD(ctx context.Context, settings string) error {
	if err := h.Write(Root, sshdConfig, settings, 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	// Not by SIGHUP: between that and its effect the old one still answers.
	for _, step := range []struct {
		what, script string
		listens      bool
	}{
		{"sshd has ended", `kill "$(cat /run/sshd.pid)"`, false},
		{"sshd answers", `"$(command -v sshd)" </dev/null >/dev/null 2>&1`, true},
	} {
		if _, err := h.RunAs(Root, step.script); err != nil {
			return err
		}
		err := Until(ctx, step.what, func() (bool, error) {
			ports, err := h.Listening()
			return slices.Contains(ports, 22) == step.listens, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
