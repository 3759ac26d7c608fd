package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell/shelltest"
)

func TestGrammar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       string // hosts, if nothing is refused
		warn       string // warnings, whole
		refuse     string // errors, whole, "reading " left out
	}{
		{name: "plain", text: "w1\n\n  w2\t\n# w3\nw4", want: "w1 workers:1, w2 workers:3, w4 workers:5"},
		{name: "several a line", text: "w1 w2\tw3", want: "w1 workers:1, w2 workers:1, w3 workers:1"},
		{name: "comment in a word", text: "h8#x\n#h9\n", want: "h8 workers:1"},
		{name: "user, addresses", text: "u@w1\n10.0.0.1\nfd00::1\na@b@c\nfe80::1%eth0", want: "u@w1 workers:1, 10.0.0.1 workers:2, fd00::1 workers:3, a@b@c workers:4, fe80::1%eth0 workers:5"},
		{name: "underscore, umlaut", text: "w_1 wörker", want: "w_1 workers:1, wörker workers:1"},
		{name: "CRLF", text: "w1\r\n\r\nw2\r\n", want: "w1 workers:1, w2 workers:3",
			warn: "workers:1: ends in a carriage return (CR) (as do 2 more lines), which is read past; Spark's scripts take it for a part of the name\n"},
		{name: "BOM", text: "\xef\xbb\xbfw1\n", want: "w1 workers:1",
			warn: "workers:1: begins with a byte order mark, which is read past; Spark's scripts take it for a part of the first name\n"},
		{name: "twice", text: "w1\nw2\nW1\nu@w1\n", want: "w1 workers:1, w2 workers:2, u@w1 workers:4",
			warn: "workers:3: W1 stands at workers:1 already; it is contacted once\n"},
		{name: "ranges", text: "w[08-11]\nn[1-2,7].x\nr[1-2]c[1-2]\nz[007]", want: "w08 workers:1, w09 workers:1, w10 workers:1, w11 workers:1, " +
			"n1.x workers:2, n2.x workers:2, n7.x workers:2, r1c1 workers:3, r1c2 workers:3, r2c1 workers:3, r2c2 workers:3, z007 workers:4"},
		{name: "spark_home", text: "w1 w2 # sparkops: spark_home=/opt/s\nw3 #sparkops:spark_home=\"~/my spark\"  # new\nw4 # see sparkops: spark_home=/x",
			want: "w1 workers:1 /opt/s, w2 workers:1 /opt/s, w3 workers:2 ~/my spark, w4 workers:3"},
		{name: "spark_home mistyped", text: "w1 # sparkop: spark_home=/s\nw2 # spark_home=/s\nw3 # Sparkops: spark_home=/s\nw4 # its spark_home=/s",
			want: "w1 workers:1, w2 workers:2, w3 workers:3, w4 workers:4",
			warn: "workers:1: a plain comment; for sparkops it would begin with \"# sparkops: spark_home=\"\n" +
				"workers:2: a plain comment; for sparkops it would begin with \"# sparkops: spark_home=\"\n" +
				"workers:3: a plain comment; for sparkops it would begin with \"# sparkops: spark_home=\"\n"},

		{name: "all are told", text: "-w1\nok\na/b w*\nw?\nx:22\n", refuse: "workers:1: \"-w1\" begins with -, which ssh would take for an option\n" +
			"workers:3: \"a/b\" holds a /: a host name was expected\n" +
			"workers:3: \"w*\" holds a glob character, which Spark's scripts would match against file names\n" +
			"workers:4: \"w?\" holds a glob character, which Spark's scripts would match against file names\n" +
			"workers:5: \"x:22\" is no host name: a port belongs into ~/.ssh/config\n"},
		{name: "brackets", text: "w[ab]\nw[1\nw]\nw[3-1]\nw[]\nw[1-02]\n[::1]", refuse: "workers:1: \"w[ab]\": [ab] is no range of numbers\n" +
			"workers:2: \"w[1\" holds a bracket that is no range of numbers\n" +
			"workers:3: \"w]\" holds a bracket that is no range of numbers\n" +
			"workers:4: \"w[3-1]\": the range 3-1 runs backwards\n" +
			"workers:5: \"w[]\": [] is no range of numbers\n" +
			"workers:6: \"w[1-02]\": the range 1-02 has two widths\n" +
			"workers:7: \"[::1]\": [::1] is no range of numbers\n"},
		{name: "huge", text: "w1\nw[1-100000]\nx[1-999999999999]\nr[1-400]c[1-400]", refuse: "workers:2: \"w[1-100000]\": more than 100000 hosts in a list\n" +
			"workers:3: \"x[1-999999999999]\": more than 100000 hosts in a list\n" +
			"workers:4: \"r[1-400]c[1-400]\": more than 100000 hosts in a list\n"},
		{name: "characters", text: "a\x00b\nc\rd\ne\u00a0f\n\xff\n$(x)\na,b\n@w\nu@\nu@-w", refuse: "workers:1: \"a\\x00b\" holds a control character\n" +
			"workers:2: \"c\\rd\" holds a control character\n" +
			"workers:3: \"e\\u00a0f\" holds a character that cannot be seen\n" +
			"workers:4: \"\\xff\" is not UTF-8\n" +
			"workers:5: \"$(x)\" holds one of '`\"$\\;&<>|(){}, which ssh refuses\n" +
			"workers:6: \"a,b\" holds a comma\n" +
			"workers:7: \"@w\" is not of the form user@host\n" +
			"workers:8: \"u@\" is not of the form user@host\n" +
			"workers:9: \"u@-w\" names a host that begins with -, which ssh would take for an option\n"},
		{name: "spark_home refused", text: "# sparkops: spark_home=/x\nw1 # sparkops: spark-home=/x\nw2 # sparkops: spark_home=opt\nw3 # sparkops: spark_home=/a b\nw4 # sparkops: spark_home=\"/a\nw5 # sparkops: spark_home=/a\nw5",
			refuse: "workers:1: spark_home stands behind no host\n" +
				"workers:2: unknown setting \"spark-home=/x\" in a comment for sparkops\n" +
				"workers:3: spark_home=opt is not an absolute path\n" +
				"workers:4: \"b\" behind spark_home; a path with blanks stands in double quotes\n" +
				"workers:5: spark_home has no closing \"\n" +
				"workers:7: \"w5\" stands at workers:6 already, with another spark_home\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := conf(t, map[string]string{"workers": tt.text})
			c, err := inventory.Load(o)
			refused := strings.ReplaceAll(lines(errs(err), error.Error, o.ConfDir), "reading ", "")
			if refused != tt.refuse {
				t.Fatalf("refused:\n%s\nwant:\n%s", refused, tt.refuse)
			}
			if err != nil {
				return
			}
			if got := show(c.Workers, o.ConfDir); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if got := lines(c.Warnings, inventory.Warning.String, o.ConfDir); got != tt.warn {
				t.Errorf("warnings:\n%swant:\n%s", got, tt.warn)
			}
		})
	}
}

func TestManyHosts(t *testing.T) {
	t.Parallel()
	shelltest.Unwatched(t) // one thing after the other
	o := conf(t, map[string]string{"workers": "w[000001-100000]", "masters": "m[1-3]"})
	c, err := inventory.Load(o)
	if err != nil || len(c.Workers) != 100_000 || c.Workers[99].Name != "w000100" {
		t.Fatalf("%d workers, %v", len(c.Workers), err)
	}
	names := make([]string, len(c.Workers))
	for i, h := range c.Workers {
		names[i] = h.Name
	}
	if got := inventory.Fold(names); got != "w[000001-100000]" {
		t.Errorf("folded: %.80s", got)
	}
	part, err := c.Select("w[000001-050000]", "w0000[01-99]")
	if err != nil || len(part.Workers) != 50_000-99 || len(part.Masters) != 0 {
		t.Errorf("selected %s, %v", fmt.Sprint(part != nil), err)
	}
}
