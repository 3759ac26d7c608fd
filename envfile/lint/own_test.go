package lint

import (
	"fmt"
	"slices"
	"testing"
)

// A finding in a host's own part names that file, and the line there.
func TestOwn(t *testing.T) {
	t.Parallel()
	in := Input{Name: "/c/a.sh", Version: "3.5.1", Text: []byte("B=$A\r\nSPARK_MASTER_IP=h\n\n# mark\nA=$C\r\nSPARK_X_PASSWORD=x\nSPARK_MASTER_IP=h\n"), Own: Own{Name: "/c/own.sh", From: 5}}
	var got []string
	for _, f := range Check(in) {
		got = append(got, fmt.Sprintf("%d %t %s %s", f.Line, f.Own, f.Message, f.Hint))
	}
	for _, want := range []string{
		`1 false a carriage return (CR) at the end of the line sed -i 's/\r$//' /c/a.sh`,
		`1 true a carriage return (CR) at the end of the line sed -i 's/\r$//' /c/own.sh`,
		`1 false $A is used above line 1 of /c/own.sh, where it is set move line 1 of /c/own.sh above line 1`,
		`1 true $C is used, and nothing sets it export C=VALUE   above line 1, or ${C:-VALUE} there`,
		`2 true SPARK_X_PASSWORD is a secret in the file chmod 600 /c/own.sh   or read it from a file of that mode: SPARK_X_PASSWORD=$(cat FILE)`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %q", want, got)
		}
	}
	in.Text, in.Own.From = []byte("A=1\n\n# mark\n\nSPARK_MASTER_IP=h\n"), 4
	if all := Check(in); len(all) != 1 || all[0].Line != 2 || all[0].Hint != "sed -i '2s/SPARK_MASTER_IP/SPARK_MASTER_HOST/' /c/own.sh" {
		t.Errorf("%q", all)
	}
}
