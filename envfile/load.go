package envfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// DefaultTimeout bounds the reading of a file when the options name no bound.
const DefaultTimeout = 10 * time.Second

// Options says which file is read, and in what surroundings.
type Options struct {
	File string   // the spark-env.sh; relative to this process's directory, not to Dir
	Env  []string // the environment that the file finds, as in [os.Environ]; nil is empty
	Dir  string   // the working directory that it finds, "" for this process's own

	// SparkHome and ConfDir are what the file finds in SPARK_HOME and SPARK_CONF_DIR;
	// where one is "", Env decides.
	SparkHome, ConfDir string

	PastCR bool // carriage returns are read past: of a file that is to be replaced, what it means

	Bash    string        // the bash to use, "" for the first in the PATH of Env
	Timeout time.Duration // DefaultTimeout if 0; the ctx of Load bounds it as well
}

// Env is what a file sets.
type Env struct {
	// Vars holds the variables that the file sets, also to what they were before, and those
	// that it changes by other means. Variables that bash itself sets (PWD, SHLVL) are not
	// in it, nor are functions and arrays, which bash hands to no child.
	Vars map[string]string

	// Lines holds the line of the assignment that gave a variable of Vars its value. It is
	// never wrong: a variable of which the text does not tell is not in it.
	Lines map[string]int

	By      string  // "godotenv" or "bash"; "" if there is no file
	Why     string  // why it took bash: "line 3: a command substitution"; "" otherwise
	Output  []byte  // what the file wrote, at most 64 KiB
	Faults  []Fault // what bash could not parse; Spark's own scripts go on behind it all the same
	Stopped string  // "exit status 3": the file ended early, as Spark's own scripts would there
}

// Error says which file could not be read, at which line, and what to do.
type Error struct {
	File string
	Line int    // 0 if it is about no line in particular
	Hint string // what the user can type, or ""
	Err  error
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("reading %s:%d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("reading %s: %v", e.File, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ErrCR is in the error of a file with the line ends of Windows: every other reader would
// hide what bash makes of them.
var ErrCR = errors.New("a carriage return (CR), which bash would put into the value")

// Load reads the file. No file, and what is no regular file, is an empty Env and no error, as
// for Spark. All errors are an [*Error]. Load returns soon after ctx is done or the time is up, whatever the file does.
func Load(ctx context.Context, o Options) (*Env, error) {
	text, exists, err := read(o.File)
	if err != nil {
		return nil, &Error{File: o.File, Err: err}
	}
	if !exists {
		return &Env{Vars: map[string]string{}, Lines: map[string]int{}}, nil
	}
	if line := lineWithCR(text); line > 0 && o.PastCR {
		text = bytes.ReplaceAll(text, []byte{'\r'}, nil)
	} else if line > 0 {
		return nil, &Error{File: o.File, Line: line, Hint: `sed -i 's/\r$//' ` + o.File, Err: ErrCR}
	}
	base := surroundings(o)
	f := parse(text)
	vars, why := f.plain(base)
	if why == "" {
		env := &Env{Vars: vars, By: "godotenv"}
		env.Lines = f.told(env, base)
		return env, nil
	}
	env, err := source(ctx, o, base, f)
	if err != nil {
		return nil, err
	}
	env.Why = why
	return env, nil
}

// read is the text of a regular file. A link to /dev/null is none, nor is a directory: Spark
// asks with test -f.
func read(file string) (text []byte, exists bool, err error) {
	stat, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !stat.Mode().IsRegular() {
		return nil, false, nil
	}
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // the path is in our own text
	}
	return text, err == nil, err
}

// lineWithCR is the first line with a carriage return that bash would see, 0 if there is
// none. In a comment it does no harm.
func lineWithCR(text []byte) int {
	if bytes.IndexByte(text, '\r') < 0 {
		return 0
	}
	for n, line := range bytes.Split(text, []byte{'\n'}) {
		if bytes.IndexByte(line, '\r') >= 0 && !isComment(line) {
			return n + 1
		}
	}
	return 0
}

func isComment(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte{'#'})
}
