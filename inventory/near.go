package inventory

import (
	"strings"

	"sparkops/near"
)

// near is up to three names of the cluster that name may be a slip for, the nearest first.
func (x *index) near(name string) []string {
	return near.Names(strings.ToLower(name), x.inside)
}
