package doctor

import (
	"fmt"
	"slices"
	"time"
)

// How far a clock may be from the others before it is told, and before it fails.
const (
	clockWarn = 5 * time.Second
	clockFail = time.Minute
)

func clocks() []Check {
	return []Check{{
		ID: "names.clock", Title: "the clocks of all hosts agree", run: clocksAgree,
		Cause:  "No chronyd, ntpd or systemd-timesyncd runs there, or it reaches no server; a virtual machine was paused.",
		Effect: "logs of several hosts cannot be put in order, cleaning by age takes the wrong files, and Kerberos refuses tickets beyond five minutes",
		Cure:   "timedatectl set-ntp true, or chronyc makestep where chrony runs.",
	}}
}

// clocksAgree compares with the middle of all: so neither a launcher that is wrong nor a slow
// line, which makes all of them look late, is a fault of theirs. Two hosts have no middle, and
// are compared with the launcher.
func clocksAgree(s *Snapshot) []Finding {
	var all []Finding
	offsets := map[*Host]time.Duration{}
	var sorted []time.Duration
	for _, h := range s.reached() {
		switch {
		case h.Arrived.IsZero():
		case h.Facts.Clock.IsZero():
			all = append(all, Finding{Host: h.Host.Name, Level: Skipped, What: "it did not tell its time"})
		default:
			offsets[h] = h.Facts.Clock.Sub(h.Arrived)
			sorted = append(sorted, offsets[h])
		}
	}
	middle, than := time.Duration(0), "that of this machine"
	if slices.Sort(sorted); len(sorted) > 2 {
		middle, than = sorted[len(sorted)/2], "those of the others"
	}
	for _, h := range s.reached() {
		offset, known := offsets[h]
		off := (offset - middle).Abs()
		if !known || off <= clockWarn {
			continue
		}
		way := "ahead of"
		if offset < middle {
			way = "behind"
		}
		f := Finding{
			Host: h.Host.Name, Level: Warn, Do: onHost(h, "timedatectl set-ntp true", true),
			What: fmt.Sprintf("its clock is %v %s %s", off.Round(time.Second), way, than),
		}
		if off > clockFail {
			f.Level = Fail
		}
		all = append(all, f)
	}
	return all
}
