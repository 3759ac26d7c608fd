package shell

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"strings"
)

// Record is one answer of a script: keys and values. In the script's output a record is
// lines of the form key=value, closed by an empty line; in a value a backslash is written
// \\, a line feed \n and a carriage return \r. record.sh writes them.
type Record map[string]string

//go:embed record.sh
var recordScript string

// Join makes one script of parts: NAME.sh in the directory scripts of files, in that order; the part
// "record" is this package's own, with the functions that write records (emit, close_record, refuse).
// A part that is not there is a fault of the program, and panics.
func Join(files fs.FS, names ...string) string {
	var all strings.Builder
	for _, name := range names {
		part := []byte(recordScript)
		if name != "record" {
			var err error
			if part, err = fs.ReadFile(files, "scripts/"+name+".sh"); err != nil {
				panic(err)
			}
		}
		all.Write(part)
	}
	return all.String()
}

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
