package commands

import (
	"strings"

	"sparkops/doctor"
	"sparkops/report"
)

// doctorColumns are the cells of doctor: which check, and what a host that was not reached met.
func doctorColumns() []report.Column {
	return []report.Column{
		{Cell: func(r report.Row) string {
			if r.Checked == nil {
				return ""
			}
			return r.Check
		}},
		{Cell: func(r report.Row) string { return r.Class }},
	}
}

// rows are findings as the user reads them.
func (x *examination) rows(findings []doctor.Finding) []report.Row {
	all := []report.Row{}
	for _, f := range findings {
		all = append(all, findingRow(f))
	}
	return all
}

func findingRow(f doctor.Finding) report.Row {
	status := map[doctor.Level]report.Status{doctor.Fail: report.Fail, doctor.Warn: report.Warn, doctor.Skipped: report.Skipped}[f.Level]
	return report.Row{
		Host: f.Host, Status: status, Class: string(f.Class), Message: f.What, Hint: f.Do, Seen: f.Seen,
		Checked: &report.Checked{Check: f.Check, Effect: f.Effect, Fixable: f.Fix != nil},
	}
}

// foldSkipped makes one row of what several families could not look at for one reason, for a
// person to read.
func (x *examination) foldSkipped(all []report.Row) []report.Row {
	var kept []report.Row
	at := map[string]int{}
	for _, r := range all {
		key := r.Host + "\x00" + r.Class + "\x00" + r.Message
		if i, ok := at[key]; ok && r.Status == report.Skipped {
			checked := *kept[i].Checked
			checked.Check += " " + strings.TrimSuffix(r.Check, ".*")
			kept[i].Checked = &checked
			continue
		}
		if r.Status == report.Skipped {
			at[key] = len(kept)
			checked := *r.Checked
			checked.Check = strings.TrimSuffix(checked.Check, ".*")
			r.Checked = &checked
		}
		kept = append(kept, r)
	}
	return kept
}
