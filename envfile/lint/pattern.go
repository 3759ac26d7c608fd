package lint

import (
	"regexp"
	"sync"
)

// lazily is a regular expression that is compiled when it is first asked for: most runs of
// sparkops lint nothing, and the forty of this package are an eighth of what a start takes.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
