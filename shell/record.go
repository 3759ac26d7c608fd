package shell

import (
	"bytes"
	"fmt"
	"strings"
)

// Record is one answer of a script: keys and values. In the script's output a record is
// lines of the form key=value, closed by an empty line; in a value a backslash is written
// \\, a line feed \n and a carriage return \r. lib.sh in package spark writes them.
type Record map[string]string

// Records reads what a script has written to its standard output.
func Records(out []byte) ([]Record, error) {
	var all []Record
	current := Record{}
	n := 0
	for line := range bytes.Lines(out) {
		n++
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if len(line) == 0 {
			if len(current) > 0 {
				all = append(all, current)
				current = Record{}
			}
			continue
		}
		key, value, ok := strings.Cut(string(line), "=")
		if !ok || !isName(key) {
			return all, fmt.Errorf("line %d of the answer is not key=value: %.80q", n, line)
		}
		current[key] = unescape.Replace(value)
	}
	if len(current) > 0 {
		return all, fmt.Errorf("the last record of the answer is not closed")
	}
	return all, nil
}

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
