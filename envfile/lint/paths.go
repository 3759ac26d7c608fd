package lint

import (
	"fmt"
	"path"
	"strings"
)

// directories is each directory that a live assignment names.
func (t *text) directories(a assign) []string {
	if kindOf(a.name) == dirs {
		return strings.Split(a.value, ",")
	}
	return []string{a.value}
}

func relativeDirs(t *text) (all []Finding) {
	for _, a := range t.of(dir, dirs) {
		if level, _ := t.bareName(a); level != "" || a.value == "" || a.tilde && !strings.Contains(a.value, ",") {
			continue
		}
		for i, d := range t.directories(a) {
			d = strings.TrimSpace(d)
			if strings.HasPrefix(d, "/") || a.tilde && i == 0 {
				continue
			}
			f := Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s: %q is no absolute path", a.name, a.value, d), Hint: a.name + "=/" + strings.TrimPrefix(d, "./")}
			switch {
			case d == "":
				f.Message = fmt.Sprintf("%s=%s: there is an empty name in the list", a.name, a.value)
				f.Hint = a.name + "=" + strings.Trim(strings.ReplaceAll(a.value, ",,", ","), ",")
			case a.literal && strings.HasPrefix(d, "$"):
				f.Message = fmt.Sprintf("%s=%s: a $ in single quotes, or behind a backslash, is a $", a.name, a.value)
				f.Hint = a.name + "=" + a.value
			case strings.HasPrefix(d, "~"):
				f.Message = fmt.Sprintf("%s=%s: a ~ in quotes, or behind a comma, is a ~", a.name, a.value)
				f.Hint = a.name + "=" + strings.ReplaceAll(a.value, "~", "$HOME")
			case kindOf(a.name) == dir:
				f.Hint = a.name + "=$SPARK_HOME/" + strings.TrimPrefix(d, "./")
			}
			all = append(all, f)
			break
		}
	}
	return all
}

// commaDirs: each of these takes one directory; SPARK_LOCAL_DIRS is the one that takes a list.
func commaDirs(t *text) (all []Finding) {
	for _, a := range t.of(dir) {
		first, _, list := strings.Cut(a.value, ",")
		if list {
			all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s: it takes one directory", a.name, a.value),
				Hint: fmt.Sprintf("%s=%s   and the list, for scratch space, into SPARK_LOCAL_DIRS", a.name, first)})
		}
	}
	return all
}

func pidDirs(t *text) (all []Finding) {
	for _, a := range t.live("SPARK_PID_DIR") {
		clean := path.Clean(a.value)
		for _, swept := range []string{"/tmp", "/var/tmp", "/dev/shm"} {
			if a.known && (clean == swept || strings.HasPrefix(clean, swept+"/")) {
				all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s is swept: at boot, or of what is old", a.name, a.value), Hint: a.name + "=$SPARK_HOME/pids"})
			}
		}
	}
	return all
}

// javaOf is the java that JAVA_HOME leads to, "" if that is not known of the host.
func (t *text) javaOf(a assign) string {
	if !a.known || !a.literal && !t.OfHost || a.value == "" || !strings.HasPrefix(a.value, "/") {
		return ""
	}
	return path.Join(a.value, "bin/java")
}

func javaHomes(t *text) (all []Finding) {
	for _, a := range t.live("JAVA_HOME") {
		java := t.javaOf(a)
		if there, looked := t.Facts.Paths[java]; !looked || there {
			continue
		}
		f := Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("JAVA_HOME=%s: there is no %s", a.value, java), Hint: "readlink -f \"$(command -v java)\"   shows where java is; JAVA_HOME is two levels up"}
		if home, ok := strings.CutSuffix(a.value, "/bin"); ok {
			f.Hint = "JAVA_HOME=" + home
		} else if home, ok := strings.CutSuffix(a.value, "/bin/java"); ok {
			f.Hint = "JAVA_HOME=" + home
		}
		all = append(all, f)
	}
	return all
}
