package envfile

import "testing"

// What was joined comes apart again, into the same.
func TestParts(t *testing.T) {
	for _, text := range []string{"", "\n", "A=1", "A=1\n", "A=1\\", "A=1\n\n"} {
		for _, part := range []string{"", "B=2", "B=2\n\nC=3\n"} {
			whole, _, _ := Split([]byte(text))
			common, own, joined := Split(Join([]byte(text), "w1", []byte(part)))
			if !joined || string(common) != string(whole) || string(own) != part {
				t.Errorf("%q and %q: %q and %q, %v", text, part, common, own, joined)
			}
		}
		if common, own, joined := Split([]byte(text)); joined || own != nil || len(common) < len(text) {
			t.Errorf("%q: %q, %q, %v", text, common, own, joined)
		}
	}
}
