package facts

import "sparkops/shell"

// Memory is in bytes.
type Memory struct{ Total, Available, Swap, SwapFree int64 }

// Limits are those of a login there, as the kernel writes them: numbers or "unlimited".
type Limits struct{ Files, FilesHard, Processes, ProcessesHard string }

// Setting is a line of sshd, logind or systemd-tmpfiles that matters to Spark.
type Setting struct {
	File  string
	Line  int
	Key   string // in lower case: "maxsessions", "killuserprocesses"; "tmpfiles": type, path and age
	Value string
}

// Setting is the first value of a key, "" if no file that could be read has one.
func (h *Host) Setting(key string) (Setting, bool) {
	for _, s := range h.Settings {
		if s.Key == key {
			return s, true
		}
	}
	return Setting{}, false
}

var resources = map[string]reader{
	"memory": func(h *Host, r shell.Record) {
		h.Memory = Memory{number64(r["total_kib"]) << 10, number64(r["available_kib"]) << 10, number64(r["swap_kib"]) << 10, number64(r["swap_free_kib"]) << 10}
	},
	"limits": func(h *Host, r shell.Record) {
		h.Limits = Limits{r["files"], r["files_hard"], r["processes"], r["processes_hard"]}
	},
	"cores":      func(h *Host, r shell.Record) { h.Cores = number(r["cores"]) },
	"huge_pages": func(h *Host, r shell.Record) { h.HugePages = r["huge_pages"] },
	"setting": func(h *Host, r shell.Record) {
		h.Settings = append(h.Settings, Setting{r["file"], number(r["line"]), r["key"], r["value"]})
	},
}
