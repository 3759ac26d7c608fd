package shell

import (
	"reflect"
	"strings"
	"testing"
)

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		out  string
		want []Record
		err  string
	}{
		{"", nil, ""},
		{"\n\n", nil, ""},
		{"a=1\nb=two=2\n\nc=\n\n", []Record{{"a": "1", "b": "two=2"}, {"c": ""}}, ""},
		{`text=a\nb\\n\r\\\\` + "\n\n", []Record{{"text": "a\nb\\n\r\\\\"}}, ""},
		{"a=1\na=2\n\n", []Record{{"a": "2"}}, ""},
		{"a=\xff\x00\n\n", []Record{{"a": "\xff\x00"}}, ""},
		{"a=1\n", nil, "the last record of the answer is not closed"},
		{"a=1", nil, "the last record of the answer is not closed"},
		{"a=1\n\nno equals sign\n\n", []Record{{"a": "1"}}, `line 3 of the answer is not key=value: "no equals sign"`},
		{"a b=1\n\n", nil, `line 1 of the answer is not key=value: "a b=1"`},
		{"=1\n\n", nil, `line 1 of the answer is not key=value: "=1"`},
	} {
		got, err := Records([]byte(c.out))
		if text := message(err); !reflect.DeepEqual(got, c.want) || text != c.err {
			t.Errorf("%q: %q, %q", c.out, got, text)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What lib.sh would write is read back as it was; and no text makes Records panic.
func FuzzRecords(f *testing.F) {
	f.Add("key", "value", "a=1\n\nb")
	f.Add("_k", "\\n\n\r\\", "a=\\")
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	f.Fuzz(func(t *testing.T, key, value, text string) {
		Records([]byte(text))
		if !isName(key) {
			return
		}
		got, err := Records([]byte(key + "=" + escape.Replace(value) + "\nother=1\n\n"))
		if key == "other" {
			value = "1"
		}
		if err != nil || len(got) != 1 || got[0][key] != value {
			t.Errorf("%q=%q: %q, %v", key, value, got, err)
		}
	})
}

func TestText(t *testing.T) {
	s := Script{Vars: []Var{{"a", "it's"}, {"b", "two\nlines"}}, Body: "echo"}
	if text, err := s.Text(); err != nil || text != "a='it'\\''s'\nb='two\nlines'\necho" {
		t.Errorf("%q, %v", text, err)
	}
	for _, name := range []string{"", "1a", "a-b", "a b", "é", "a=b"} {
		if text, err := (Script{Name: "start", Vars: []Var{{name, ""}}}).Text(); err == nil || !strings.Contains(err.Error(), "script start") {
			t.Errorf("%q: %q, %v", name, text, err)
		}
	}
	for _, name := range []string{"_", "a1", "A_b"} {
		if !isName(name) {
			t.Errorf("%q is refused", name)
		}
	}
}
