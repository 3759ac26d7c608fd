package inventory

import (
	"bytes"
	"fmt"
	"strings"

	"sparkops/shell"
)

// maxHosts bounds one list; the largest Spark clusters have some thousands.
const maxHosts = 100_000

// list is a source taken apart.
type list struct {
	source
	hosts    []Host
	index    map[string]int // by key, into hosts
	crs      []int          // lines that end in CR
	warnings []Warning
	refusals []error
}

// parse takes a source apart and reports what is odd in it.
func (r *reading) parse(s source) (hosts []Host, refused bool) {
	l := s.parse()
	r.warnings = append(r.warnings, l.warnings...)
	r.refusals = append(r.refusals, l.refusals...)
	return l.hosts, len(l.refusals) > 0
}

// names is what a source would list, for a comparison.
func (s source) names() map[string]bool {
	names := map[string]bool{}
	for _, h := range s.parse().hosts {
		names[h.key()] = true
	}
	return names
}

// parse follows the scripts' sed "s/#.*$//;/^$/d" and the shell's splitting at blanks, tabs
// and line ends (Spark 0.9 to 4.0).
func (s source) parse() *list {
	l := &list{source: s, index: map[string]int{}}
	text, bom := bytes.CutPrefix(s.text, []byte("\xef\xbb\xbf"))
	if bom {
		l.warn(1, "begins with a byte order mark, which is read past; Spark's scripts take it for a part of the first name")
	}
	n := 0
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		n++
		l.line(n, string(line))
	}
	if len(l.crs) > 0 {
		more := ""
		if len(l.crs) > 1 {
			more = fmt.Sprintf(" (as do %d more lines)", len(l.crs)-1)
		}
		l.warn(l.crs[0], "ends in a carriage return (CR)"+more+", which is read past; Spark's scripts take it for a part of the name")
	}
	return l
}

func (l *list) line(n int, text string) {
	if t := strings.TrimRight(text, "\r"); t != text {
		text = t
		l.crs = append(l.crs, n)
	}
	code, comment, _ := strings.Cut(text, "#")
	words := strings.FieldsFunc(code, func(c rune) bool { return c == ' ' || c == '\t' })
	home, err := sparkHome(comment)
	if err == nil && home != "" && len(words) == 0 {
		err = fmt.Errorf("spark_home stands behind no host")
	}
	if err != nil {
		l.refuse(n, "w1 # sparkops: spark_home=/opt/spark", "%w", err)
	} else if home == "" && slip(comment) {
		l.warn(n, "a plain comment; for sparkops it would begin with \"# sparkops: spark_home=\"")
	}
	for _, word := range words {
		if hint, why := checkWord(word); why != "" {
			l.refuse(n, hint, "%q %s", word, why)
			continue
		}
		names, err := expand(word, maxHosts-len(l.hosts))
		if err != nil {
			l.refuse(n, "", "%q: %w", word, err)
			continue
		}
		for _, name := range names {
			if hint, why := checkName(name); why != "" {
				l.refuse(n, hint, "%q %s", name, why)
				break
			}
			l.add(n, Host{Name: name, From: l.at(n), SparkHome: home})
		}
	}
}

// add appends a host unless the list has it: contacted twice at a time, two daemons would
// race for one pid file.
func (l *list) add(n int, h Host) {
	i, twice := l.index[h.key()]
	if !twice {
		l.index[h.key()] = len(l.hosts)
		l.hosts = append(l.hosts, h)
		return
	}
	first := l.hosts[i]
	if first.SparkHome != h.SparkHome {
		l.refuse(n, "", "%q stands at %s already, with another spark_home", h.Name, first.From)
		return
	}
	l.warn(n, fmt.Sprintf("%s stands at %s already; it is contacted once", h.Name, first.From))
}

// at is where line n is.
func (l *list) at(n int) string {
	if l.file == "" {
		return l.name
	}
	return fmt.Sprintf("%s:%d", l.name, n)
}

func (l *list) warn(n int, text string) {
	l.warnings = append(l.warnings, Warning{At: l.at(n), Text: text})
}

func (l *list) refuse(n int, hint, format string, args ...any) {
	l.refusals = append(l.refusals, shell.Errorf(shell.ClassConfig, hint, "reading %s: %w", l.at(n), fmt.Errorf(format, args...)))
}
