package lint

import (
	"strings"
	"testing"
)

// What bash quotes of a line that it cannot parse shows no tail of a secret; what a file has
// said by itself stays.
func TestMaskSaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "",
		"spark-env.sh: line 2: syntax error near unexpected token `('\nspark-env.sh: line 2: `SPARK_AUTH_SECRET=ab LEAK1(cd)'\n": "spark-env.sh: line 2: syntax error near unexpected token `('\nspark-env.sh: line 2: `SPARK_AUTH_SECRET=(hidden)\n",
		"x: line 1: `P=xyz; DB_PASS=$P (y)'":                                      "x: line 1: `P=(hidden)",
		"x: line 1: SPARK_MASTER_HOST: command not found\nthe password is here\n": "x: line 1: SPARK_MASTER_HOST: command not found\nthe password is here\n",
		"+ OTHER_TOKEN=a\n+ B=1\n":                                                "+ OTHER_TOKEN=(hidden)\n+ B=1\n",
		"-----BEGIN PRIVATE KEY-----\na\n-----END PRIVATE KEY-----\nb\n":          "(hidden)\nb\n",
	} {
		if got := MaskSaid(text); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}

// A value of a variable is shown as it would be in its file.
func TestMaskValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value string }{
		{"HEADER", "Authorization: Basic hunter"}, {"DB_PASSWORD", "hunter"}, {"O", "seen -Dspark.ssl.keyPassword=a'b hunter'"}, {"O", "seen --password hunter"},
		{"PEM", "-----BEGIN PRIVATE KEY-----\nhunter\n-----END PRIVATE KEY-----\nseen"}, {"U", "https://u:hunter@seen/?sig=hunter"}, {"P", "hunter"},
		{"J", "seen\n{\"password\": \"a hunter\"}"}, {"O", "-Dspark.ssl.keyPassword=hunter -Da=seen"}, {"O", `DB_PASS="a hunter`},
	} {
		got := MaskValue(SecretsOf([]byte("P=hunter; DB_PASS=$P")), c.name, c.value)
		if strings.Contains(got, "unter") || strings.Contains(c.value, "seen") && !strings.Contains(got, "seen") || !strings.Contains(got, Masked) {
			t.Errorf("%s=%q: %q", c.name, c.value, got)
		}
	}
	for _, value := range []string{"", "4g", "-Da=b 'c d'", "/a/b c", "spark://a:1,b:2", "it's the password file", "a\nb"} {
		if got := MaskValue(Secret, "A", value); got != value {
			t.Errorf("%q: %q", value, got)
		}
	}
}
