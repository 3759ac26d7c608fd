package envfile

import (
	"bytes"
	"testing"
)

// What was joined comes apart again, into the same.
func TestParts(t *testing.T) {
	for _, text := range []string{"", "\n", "A=1", "A=1\n", "A=1\\", "A=1\n\n"} {
		for _, part := range []string{"", "B=2", "B=2\n\nC=3\n"} {
			whole, _, _ := Split([]byte(text))
			joined := Join([]byte(text), Part{"spark-env.w1.sh", []byte(part)})
			common, own, from := Split(joined)
			if string(common) != string(whole) || own.File != "spark-env.w1.sh" || string(own.Text) != part {
				t.Errorf("%q and %q: %q and %+v", text, part, common, own)
			}
			if lines := bytes.SplitAfterN(joined, []byte{'\n'}, from); string(lines[from-1]) != part {
				t.Errorf("%q and %q: line %d begins %q", text, part, from, lines[from-1])
			}
		}
		if common, own, from := Split([]byte(text)); from != 0 || own.Text != nil || len(common) < len(text) {
			t.Errorf("%q: %q, %+v, %d", text, common, own, from)
		}
	}
}
