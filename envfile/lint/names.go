package lint

import (
	"fmt"
	"strings"
)

// unknownNames finds SPARK_ names that nobody reads, and slips for JAVA_HOME and its kin. A
// variable that the file itself uses is the file's own.
func unknownNames(t *text) (all []Finding) {
	told := map[string]bool{}
	for _, a := range t.live() {
		if _, ours := variables[a.name]; ours || told[a.name] || t.used[a.name] || a.line == 0 {
			continue
		}
		if _, theirs := others[a.name]; theirs {
			continue
		}
		f := Finding{Line: a.line, Var: a.name}
		like := meant(a.name)
		switch {
		case len(like) > 0:
			f.Message = fmt.Sprintf("no release of Spark reads %s; %s is near", a.name, like[0])
			f.Hint = t.rename(a, like[0])
		case strings.HasPrefix(a.name, "SPARK_"):
			f.Message = fmt.Sprintf("no release of Spark reads %s", a.name)
			f.Hint = t.drop(a) + "   if nothing of yours reads it"
		default:
			continue
		}
		told[a.name] = true
		all = append(all, f)
	}
	return all
}

func otherReleases(t *text) (all []Finding) {
	for _, a := range t.live() {
		v := variables[a.name]
		if before(t.Version, v.since) {
			all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s is read from Spark %s on, and this is %s", a.name, v.since, t.Version), Hint: t.drop(a)})
		}
	}
	return all
}

// masterIP: the scripts read the one name up to 1.6 and the other from 2.0 on. Both may be
// there, for hosts of both.
func masterIP(t *text) []Finding {
	if before(t.Version, "2.0") {
		return nil
	}
	return t.renamed("SPARK_MASTER_IP", "SPARK_MASTER_HOST", "Spark 2.0 and later read")
}

func masterHost(t *text) []Finding {
	if !before(t.Version, "2.0") {
		return nil
	}
	return t.renamed("SPARK_MASTER_HOST", "SPARK_MASTER_IP", "Spark 1.x reads")
}

func (t *text) renamed(old, now, who string) []Finding {
	all := t.live(old)
	if _, known := numbers(t.Version); !known || len(all) == 0 || len(t.live(now)) > 0 || t.Vars[now] != "" {
		return nil
	}
	a := all[0]
	return []Finding{{
		Line: a.line, Var: old, Message: fmt.Sprintf("%s is set, and %s %s", old, who, now),
		Hint: t.rename(a, now),
	}}
}

// drop is the command that takes an assignment out.
func (t *text) drop(a assign) string {
	if a.line == 0 {
		return "unset " + a.name
	}
	file, line, _ := t.place(a.line)
	return fmt.Sprintf("sed -i '%d{/%s=/d}' %s", line, a.name, file)
}

// rename is the command that gives the variable of an assignment another name.
func (t *text) rename(a assign, now string) string {
	if a.line == 0 {
		return "set " + now + " instead"
	}
	file, line, _ := t.place(a.line)
	return fmt.Sprintf("sed -i '%ds/%s/%s/' %s", line, a.name, now, file)
}
