package inventory_test

import (
	"errors"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	o := conf(t, map[string]string{"workers": "w[01-12]\nspark@db1\nu1@x u2@x\nm1", "masters": "m1 m2"})
	whole, err := inventory.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		include, exclude string
		want             string // masters; workers
		refuse, hint     string
	}{
		{want: "m[1-2]; w[01-12],spark@db1,u1@x,u2@x,m1"},
		{include: "w02, W03 w[11-12]", want: "; w[02-03,11-12]"},
		{include: "m1", want: "m1; m1"},
		{include: "m*,db?", want: "m[1-2]; spark@db1,m1"},
		{include: "spark@db1,u2@X", want: "; spark@db1,u2@x"},
		{include: "x", want: "; u1@x,u2@x"},
		{include: "u1@*", want: "; u1@x"},
		{include: "w0[a-z1-2]", want: "; w[01-02]"},
		{include: "w[0-1]*", exclude: "w[02-12]", want: "; w01"},
		{exclude: "w*,*@*,m1", want: "m2; "},
		{include: " , ", want: "m[1-2]; w[01-12],spark@db1,u1@x,u2@x,m1"},
		{include: "w01,w013", refuse: "selecting hosts: -w: the cluster has no w013, but w[01,03]", hint: "-w w[01,03]"},
		{include: "w[11-15]", refuse: "selecting hosts: -w: the cluster has no w[13-15], but w[03,10-11]", hint: "-w w[03,10-11]"},
		{exclude: "elsewhere*", refuse: "selecting hosts: -x: the cluster has no elsewhere*", hint: "-x m[1-2],w[01-12],db1,x"},
		{include: "root@db1", refuse: "selecting hosts: -w: the cluster has no root@db1", hint: "-w m[1-2],w[01-12],db1,x"},
		{include: "w01", exclude: "w*", refuse: "selecting hosts: -x w* leaves none"},
		{include: "w[5-3]", refuse: "selecting hosts: -w w[5-3]: the range 5-3 runs backwards"},
		{include: "w[a-", refuse: "selecting hosts: -w w[a-: syntax error in pattern"},
		{include: "w[1-2", refuse: "selecting hosts: -w w[1-2: syntax error in pattern"},
	}
	for _, tt := range tests {
		t.Run(tt.include+" without "+tt.exclude, func(t *testing.T) {
			t.Parallel()
			c, err := whole.Select(tt.include, tt.exclude)
			if tt.refuse != "" {
				e, ok := errors.AsType[*shell.Error](err)
				if !ok || e.Error() != tt.refuse || e.Hint != tt.hint {
					t.Errorf("got %v (%+v)", err, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fold(c.Masters) + "; " + fold(c.Workers); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func fold(hosts []inventory.Host) string {
	var names []string
	for _, h := range hosts {
		names = append(names, h.Name)
	}
	return inventory.Fold(names)
}

func TestFold(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{
		"":                          "",
		"w1":                        "w1",
		"w1 w1":                     "w1",
		"w017 w044":                 "w[017,044]",
		"w3 w1 w2 m1 w7":            "w[1-3,7],m1",
		"w08 w09 w10 w8 w9":         "w[8,08,9,09-10]",
		"w0 w1 w00":                 "w[0,00,1]",
		"w9 w10 w11":                "w[9-11]",
		"a1.x a2.x a2.y b":          "a[1-2].x,a2.y,b",
		"10.0.0.9 10.0.0.10":        "10.0.0.[9-10]",
		"n1-rack2.ec2 n1-rack3.ec2": "n1-rack[2-3].ec2",
		"u1.a@w1 u1.a@w2":           "u1.a@w[1-2]",
		"u1@w u2@w":                 "u1@w,u2@w",
		"w12345678901234567890":     "w12345678901234567890",
		"fd00::1 fd00::2":           "fd00::[1-2]",
	} {
		if got := inventory.Fold(strings.Fields(names)); got != want {
			t.Errorf("%s: got %s, want %s", names, got, want)
		}
	}
}
