package doctor

import (
	"fmt"
	"slices"

	"sparkops/envfile/lint"
)

// environment is the conf directory of the hosts: what bash makes of spark-env.sh is here and in
// lint.go, the files are in conffiles.go, what they hold in settings.go.
func environment() []Check {
	return slices.Concat([]Check{{
		ID: "environment.syntax", Title: "bash can read spark-env.sh to its end", run: syntax,
		Cause:  "A quote or an if that is not closed, an exec or an exit in the file, or a command that fails under set -e.",
		Effect: "Spark's own scripts stop there or go on with half of the settings; sparkops starts nothing there",
		Cure:   "bash -n spark-env.sh names the line. Mend the file here and sparkops push-env it.",
	}}, confChecks(), settingChecks(), []Check{lintCheck})
}

func syntax(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		file := h.Facts.Home.Conf + "/spark-env.sh"
		f := Finding{Host: h.Host.Name, Level: Fail, Do: onHost(h, "bash -n "+word(file), false)}
		switch {
		case h.Facts.Syntax != "":
			f.What, f.Seen = fmt.Sprintf("bash cannot parse %s", file), firstLines(lint.MaskSaid(h.Facts.Syntax), 3) // bash quotes the line
		case !h.Facts.Home.EnvRead:
			f.What, f.Do = fmt.Sprintf("%s ends the shell that reads it", file), onHost(h, "bash -x "+word(file), false)
		case h.Facts.Home.PathLost:
			f.What, f.Do = fmt.Sprintf("%s sets PATH to %s, which has no bash", file, h.Facts.Env["PATH"]), "add to what is there, in "+word(file)+" there: PATH=$PATH:DIR"
			f.Effect = "no daemon starts: bin/spark-class is a script of bash"
		case h.Facts.Home.EnvCut:
			f.What, f.Do = fmt.Sprintf("%s ends the shell that reads it before its last line is done (an exit, or set -e)", file), onHost(h, "bash -x "+word(file), false)
			f.Effect = "Spark's own scripts, spark-submit too, end there without a word; what sparkops starts lacks all settings behind that line"
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}
