package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sparkops/spark/facts"
)

func readOnly(s *Snapshot) []Finding {
	return eachWritten(s, func(h *Host, p facts.Path) *Finding {
		if !p.ReadOnly || !p.Exists() {
			return nil
		}
		return &Finding{
			Level: Fail, What: fmt.Sprintf("%s (%s) is on %s, which is mounted read-only", p.Path, p.What, p.Mount),
			Do: onHost(h, "mount -o remount,rw "+word(p.Mount), true),
		}
	})
}

// What is left when a file system counts as full, or nearly.
const (
	fullBelow   = 100 << 20 // bytes: the logs of a day
	nearlyBelow = 5         // per cent
)

func full(s *Snapshot) []Finding {
	told := map[string]bool{} // directories of one file system are one finding
	return eachWritten(s, func(h *Host, p facts.Path) *Finding {
		if p.Blocks == 0 || p.Block == 0 || told[h.Host.Name+" "+p.Mount] {
			return nil
		}
		f := &Finding{Level: Warn, Do: onHost(h, "du -xsh "+word(p.Path)+"/* | sort -h | tail", false)}
		left, share := p.Available*p.Block, p.Available*100/p.Blocks
		switch {
		case left < fullBelow || share == 0:
			f.Level, f.What = Fail, fmt.Sprintf("the file system of %s (%s) is full", p.Path, p.What)
		case share < nearlyBelow:
			f.What = fmt.Sprintf("the file system of %s (%s) is nearly full", p.Path, p.What)
		case p.Inodes > 0 && p.InodesFree*100/p.Inodes < 1:
			f.Level, f.What = Fail, fmt.Sprintf("the file system of %s (%s) has no file names (inodes) left", p.Path, p.What)
		default:
			return nil
		}
		told[h.Host.Name+" "+p.Mount] = true
		f.Seen = []string{fmt.Sprintf("%d MiB of %d MiB left in %s", left>>20, p.Blocks*p.Block>>20, p.Mount)}
		f.Seen = append(f.Seen, bigOn(h, p.Mount)...)
		return f
	})
}

// bigOn is what takes most room on a file system, of the work and local directories there.
func bigOn(h *Host, mount string) []string {
	var all []string
	for _, b := range h.Facts.Big {
		if !slices.ContainsFunc(h.Facts.Paths, func(p facts.Path) bool { return p.Path == b.Of && p.Mount == mount }) {
			continue
		}
		for _, size := range b.Sizes {
			if kib, dir, ok := strings.Cut(size, "\t"); ok {
				n, _ := strconv.ParseInt(kib, 10, 64)
				all = append(all, fmt.Sprintf("%d MiB %s", n>>10, dir))
			}
		}
	}
	return all
}
