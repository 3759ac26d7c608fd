package commands

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"sparkops/fleet"
	"sparkops/report"
	"sparkops/shell"
	"sparkops/spark"
)

// verdict is the status word for an outcome.
func verdict(o spark.Outcome) report.Status {
	switch {
	case o.Err != nil:
		return verdictOnError(o.Err)
	case o.Class != "":
		return report.Fail
	case o.Warning != "":
		return report.Warn
	case o.Changed:
		return report.Changed
	}
	return report.OK
}

// verdictOnError is the status word for a task that was not run to its end.
func verdictOnError(err error) report.Status {
	if _, skipped := errors.AsType[*fleet.SkippedError](err); skipped {
		return report.Skipped
	}
	e := shell.AsError(err, shell.ClassLost)
	switch {
	case e.Began:
		return report.Unknown
	case e.Class == shell.ClassCancelled:
		return report.Skipped
	}
	return report.Unreachable
}

// rows are outcomes as the user reads them.
func rows(outcomes []spark.Outcome) []report.Row {
	all := make([]report.Row, len(outcomes))
	for i, o := range outcomes {
		all[i] = row(o)
	}
	return all
}

func row(o spark.Outcome) report.Row {
	r := report.Row{
		Host: o.Host, Role: string(o.Role), Instance: o.Instance,
		Status: verdict(o), State: string(o.State), Class: string(o.Class),
		Message: o.Message, Hint: o.Hint, Seen: o.Seen,
		PID: o.PID, Log: o.Log, Address: o.Address, WebUI: o.WebUI, Version: o.Version,
		Cores: o.Cores, Memory: o.Memory, SparkHome: o.Home, HomeFrom: o.HomeFrom, ConfDir: o.ConfDir,
		TookMS: o.Took.Milliseconds(),
	}
	if r.Status == report.Skipped {
		r.Class = "" // nothing failed there; the message says why it was not tried
	}
	if !o.Since.IsZero() {
		r.Since = o.Since.UnixMilli()
	}
	switch {
	case r.Message == "":
		r.Message = o.Warning
	case o.Warning != "":
		r.Message += "; " + o.Warning
	}
	return r
}

// daemonColumns are the cells of the verbs that start and stop.
func daemonColumns() []report.Column {
	return []report.Column{
		{Cell: daemonCell},
		{Cell: func(r report.Row) string { return stateCell(r) }},
	}
}

// statusColumns are the cells of status.
func statusColumns() []report.Column {
	return append(daemonColumns(),
		report.Column{Cell: func(r report.Row) string { return labelled("pid", r.PID) }, Own: true},
		report.Column{Cell: sinceCell, Own: true},
		report.Column{Cell: func(r report.Row) string { return portCell("port", r.Address) }, Own: true},
		report.Column{Cell: func(r report.Row) string { return r.WebUI }, Own: true},
		report.Column{Cell: func(r report.Row) string { return r.Version }},
	)
}

// verboseColumns are what -v adds.
func verboseColumns(columns []report.Column) []report.Column {
	return append(columns, report.Column{Cell: func(r report.Row) string {
		if r.SparkHome == "" {
			return ""
		}
		return fmt.Sprintf("%s (from %s)", r.SparkHome, r.HomeFrom)
	}})
}

func daemonCell(r report.Row) string {
	if r.Instance == 0 {
		return r.Role
	}
	return r.Role + " " + strconv.Itoa(r.Instance)
}

// stateCell is the state, or the class of what kept it from being known.
func stateCell(r report.Row) string {
	if r.State == "" {
		return r.Class
	}
	if r.Class != "" && r.Class != r.State && r.State != string(spark.NotRunning) {
		return r.State + " (" + r.Class + ")"
	}
	return r.State
}

func sinceCell(r report.Row) string {
	if r.Since == 0 {
		return ""
	}
	return "since " + time.UnixMilli(r.Since).UTC().Format("2006-01-02 15:04:05Z")
}

func portCell(label, address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return label + " " + port
}

func labelled(label string, n int) string {
	if n == 0 {
		return ""
	}
	return label + " " + strconv.Itoa(n)
}

// closing is the last line of a start: how many workers which masters have.
func closing(outcomes []spark.Outcome, url string) []string {
	workers, registered := 0, 0
	for _, o := range outcomes {
		if o.Role != spark.Worker || o.State == spark.NotRunning && o.Class == "" {
			continue
		}
		workers++
		if o.State == spark.Registered && o.Class == "" {
			registered++
		}
	}
	if workers == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %s registered with %s", registered, count(workers, "worker"), url)}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// mebi is a size for people.
func mebi(bytes int64) string {
	if bytes >= 1<<30 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(bytes)/(1<<30)), ".0") + " GiB"
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
