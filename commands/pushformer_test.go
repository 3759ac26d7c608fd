package commands

import (
	"strings"
	"testing"

	"sparkops/spark"
)

// Hosts are written as what they have and what their backup has: the last push may not have
// reached all of them, and nobody goes back further than the others.
func TestFormer(t *testing.T) {
	t.Parallel()
	for hosts, want := range map[string]string{
		"43 43 43": "3 3 3",
		"32 43 32": "3 3 3",      // only the second was reached
		"43 34 43": "3 3 3",      // the second went back alone before
		"32 34 32": "2 4 2 !",    // that way once more: no content is on all of them
		"43 41":    "3 1 !",      // each had its own
		"43 34":    "3 4 !",      // as many this way as that
		"43 33":    "3 3",        // pushed back by hand
		"44 44":    "4 4",        // nothing to do
		"43 55":    "3 5 !",      //
		"-3 43":    "3 3",        // the file itself has gone
		"43 3- 5-": "3 3 -",      // no backup: there already, or not to be had
		"ax a- az": "a:x a- a:z", // below
	} {
		var have, all []*spark.Pushed
		for host := range strings.FieldsSeq(hosts) {
			o := &spark.Pushed{Host: host, Before: strings.Trim(host[:1], "-"), Backup: strings.Trim(host[1:], "-")}
			o.Common, o.Older = o.Before, o.Backup
			if o.Before == "a" { // hosts' own parts, of which one was pushed anew
				o.Common, o.Before = "c", "c+"+host
				o.Older = strings.Repeat("c", len(o.Backup))
			}
			if all = append(all, o); o.Backup != "" {
				have = append(have, o)
			}
		}
		f := formerOf(have)
		var got []string
		for _, o := range all {
			switch sum := f.of(o); {
			case o.Common != "c":
				got = append(got, sum+strings.Repeat("-", 1-len(sum)))
			case sum == o.Before:
				got = append(got, o.Host)
			default:
				got = append(got, "a:"+sum)
			}
		}
		if f.unlike {
			got = append(got, "!")
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", hosts, s, want)
		}
	}
}
