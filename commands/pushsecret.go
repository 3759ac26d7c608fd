package commands

import (
	"strconv"
	"strings"

	"sparkops/inventory"
	"sparkops/report"
	"sparkops/spark"
)

// bared reports whether others may read the secret of a file. Mode and owner of a file that is
// there are kept, so that this stays until its owner mends it. A group of the owner's own name is
// nobody else.
func (p *pushing) bared(o spark.Pushed) bool {
	mode, _ := strconv.ParseUint(o.Mode, 8, 32)
	user, group, _ := strings.Cut(o.Owner, ":")
	if user == group {
		mode &^= 0o040
	}
	return mode&0o044 != 0 && p.Files[o.Number].Mode[o.Host] == secretMode
}

// chmod takes a secret out of sight, in the file before the last push as well.
func chmod(o spark.Pushed) string {
	words := []string{"chmod", "600", o.Path}
	if o.Backup != "" || o.State == spark.Switched {
		words = append(words, o.Path+".sparkops-backup")
	}
	return quoteWords(words)
}

func (p *pushing) chmodHint(o spark.Pushed) string {
	if p.Files[o.Number].Source[o.Host] != "" { // this machine
		return chmod(o)
	}
	return quoteWords([]string{"ssh", o.Host, chmod(o)})
}

// chmodHints makes one line to type of what is the same on several hosts. What is not, though it
// may look so but for the host's name in a path, is told for each host.
func (p *pushing) chmodHints(rows []report.Row) {
	hosts, of := map[string][]string{}, map[int]string{}
	for i := range rows {
		r := &rows[i]
		for _, o := range p.done[r.Host] {
			if o.File == r.File && r.Hint != "" && r.Hint == p.chmodHint(o) {
				of[i] = chmod(o)
				hosts[of[i]] = append(hosts[of[i]], r.Host)
			}
		}
	}
	for i, words := range of {
		if all := hosts[words]; len(all) > 1 {
			rows[i].Hint = "sparkops exec --role all -w " + inventory.Fold(all) + " -- " + words
			continue
		}
		rows[i].Apart = true
	}
}
