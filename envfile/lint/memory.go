package lint

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var (
	sparkMemory = lazily(`^([0-9]+)(b|k|kb|m|mb|g|gb|t|tb|p|pb)?$`) // of JavaUtils.byteStringAs, in lower case
	javaMemory  = lazily(`^([0-9]+)([kmgt])?$`)                     // of java -Xmx, in lower case
)

// bytesOf is an amount of memory. The unit is missing if there is none and the number alone is
// less than Spark or Java can work with.
func bytesOf(value string, k kind) (n int64, unitMissing, ok bool) {
	form := javaMemory
	if k != heap { // Spark reads past blanks around it, Java does not
		form, value = sparkMemory, strings.TrimSpace(value)
	}
	m := form().FindStringSubmatch(strings.ToLower(value))
	if m == nil {
		return 0, false, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, false, false
	}
	if m[2] != "" {
		shift := 10 * strings.Index("bkmgtp", m[2][:1])
		if n > math.MaxInt64>>shift {
			return 0, false, false
		}
		n <<= shift
	}
	return n, m[2] == "" && n < 1<<20, true
}

func noMemory(t *text) (all []Finding) {
	for _, a := range t.of(memory, heap) {
		level, _ := t.bareName(a)
		if level != "" || a.value == "" && !variables[a.name].strict {
			continue
		}
		k := kindOf(a.name)
		n, unitMissing, ok := bytesOf(a.value, k)
		f := Finding{Line: a.line, Var: a.name}
		switch {
		case a.value == "":
			f.Message, f.Hint = a.name+" is set to nothing, which is no amount of memory", "unset "+a.name
		case !ok:
			f.Message = fmt.Sprintf("%s=%s is no amount of memory", a.name, a.value)
			f.Hint = a.name + "=" + example[k]
			if squeezed := strings.ReplaceAll(strings.ToLower(a.value), " ", ""); k == heap && strings.HasSuffix(squeezed, "b") {
				f.Hint = a.name + "=" + strings.TrimSuffix(squeezed, "b")
			}
		case unitMissing:
			f.Message = fmt.Sprintf("%s=%s has no unit: these are bytes", a.name, a.value)
			f.Hint = fmt.Sprintf("%s=%sm", a.name, a.value)
			if n <= 64 {
				f.Hint = fmt.Sprintf("%s=%sg", a.name, a.value)
			}
		default:
			continue
		}
		if k == heap {
			f.Effect = "java is given it as -Xmx, and refuses it: no daemon starts"
		} else if a.name != "SPARK_WORKER_MEMORY" {
			f.Effect = "applications that take it end with an exception"
		}
		all = append(all, f)
	}
	return all
}
