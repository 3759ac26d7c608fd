package inventory

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"sparkops/near"
)

// sparkHome reads a comment of the form "sparkops: spark_home=/path", without its "#". Any
// other comment is "" and no error; one that begins with "sparkops:" and is not of this form
// is refused, as a slip there would start the wrong Spark. A path with blanks stands in
// double quotes. Behind it a further "#" may begin a comment for the reader.
func sparkHome(comment string) (string, error) {
	settings, ok := strings.CutPrefix(strings.TrimLeft(comment, " \t"), "sparkops:")
	if !ok {
		return "", nil
	}
	settings = strings.TrimLeft(settings, " \t")
	value, ok := strings.CutPrefix(settings, "spark_home=")
	if !ok {
		word, _, _ := strings.Cut(settings, " ")
		return "", fmt.Errorf("unknown setting %q in a comment for sparkops", word)
	}
	path, rest := value, ""
	if inner, quoted := strings.CutPrefix(value, `"`); quoted {
		if path, rest, ok = strings.Cut(inner, `"`); !ok {
			return "", errors.New(`spark_home has no closing "`)
		}
	} else if i := strings.IndexAny(value, " \t"); i >= 0 {
		path, rest = value[:i], value[i:]
	}
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return "", fmt.Errorf("%q behind spark_home; a path with blanks stands in double quotes", rest)
	}
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "~/") {
		return "", fmt.Errorf("spark_home=%s is not an absolute path", path)
	}
	if strings.ContainsFunc(path, unicode.IsControl) {
		return "", fmt.Errorf("spark_home=%q holds a control character", path)
	}
	return path, nil
}

// slip reports whether a plain comment looks as if it was meant for sparkops: spark_home=,
// with nothing before it or nearly the right word.
func slip(comment string) bool {
	before, _, ok := strings.Cut(comment, "spark_home=")
	word := strings.ToLower(strings.Trim(before, " \t:"))
	return ok && (word == "" || len(near.Names(word, []string{"sparkops"})) > 0)
}
