package lint

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// example is a value of each kind, for hints.
var example = map[kind]string{port: "7077", number: "4", signed: "0", seconds: "1", memory: "4g", heap: "1g"}

// defaultPorts stand in hints.
var defaultPorts = map[string]string{"SPARK_MASTER_WEBUI_PORT": "8080", "SPARK_WORKER_WEBUI_PORT": "8081", "SPARK_WORKER_PORT": "7078"}

var nap = lazily(`^[0-9]*\.?[0-9]+[smhd]?$`) // of GNU sleep

func noNumbers(t *text) (all []Finding) {
	for _, a := range t.of(port, number, signed, seconds) {
		level, _ := t.bareName(a)
		if level != "" || a.value == "" && !variables[a.name].strict {
			continue
		}
		n, err := strconv.ParseInt(a.value, 10, 32)
		k := kindOf(a.name)
		logs := a.name == "SPARK_LOG_MAX_FILES"
		if err == nil && (n > 0 || n == 0 && !logs || k == signed) || k == seconds && nap().MatchString(a.value) {
			continue
		}
		f := Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s is no number", a.name, a.value), Hint: a.name + "=" + example[k]}
		if p := defaultPorts[a.name]; p != "" {
			f.Hint = a.name + "=" + p
		}
		switch {
		case a.value == "":
			f.Message = a.name + " is set to nothing, which is no number"
			f.Hint = "unset " + a.name
		case strings.Contains(a.value, "://"):
			f.Message += ": it looks like what Kubernetes and Docker set for a service of that name"
		}
		switch {
		case logs:
			f.Effect = "spark-daemon.sh ends: SPARK_LOG_MAX_FILES must be a positive number"
		case k == signed:
			f.Effect = "nice refuses it: no daemon starts"
		case k == seconds:
			f.Level, f.Effect = Warning, "sleep refuses it: there is no pause between hosts"
		}
		all = append(all, f)
	}
	return all
}

func noPorts(t *text) (all []Finding) {
	for _, a := range t.of(port) {
		n, err := strconv.ParseInt(a.value, 10, 32)
		if err != nil || n == 0 || 1024 <= n && n <= 65535 || n < 0 {
			continue
		}
		all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%d: Spark takes 1024 to 65535", a.name, n), Hint: a.name + "=" + cmp.Or(defaultPorts[a.name], example[port])})
	}
	return all
}
