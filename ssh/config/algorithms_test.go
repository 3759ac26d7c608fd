package config

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

// TestAlgorithmsAsOpenSSH asks ssh -G which lists it refuses while it reads.
func TestAlgorithmsAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	ssh, o := findSSH(t), options(t)
	one := map[string]string{"cipher": "aes128-ctr", "mac": "hmac-sha2-256", "kex": "curve25519-sha256", keyTypes: "ssh-ed25519"}
	var lines []string
	for keyword, query := range queries {
		for _, list := range []string{"A", "A,A", "A,", ",A", ",", "+A", "^A", "-A", "+", "-", "^", "+,x", "A,,x", "x", "+x", "-x", "^x", "A,x", "+A,x", "x,A", "!A", "A,!A", "!x", "-!x",
			"x*", "+x*", "-x*", "A*", "+?*", "*,x", "^A,x*", "none", "any", "UPPER", "ecdsa*", "rsa-sha2-512", "aes256-ctr", "[a-z]*", "AA", "A@openssh.com"} {
			list = strings.NewReplacer("A", one[query], "UPPER", strings.ToUpper(one[query])).Replace(list)
			lines = append(lines, keyword+" "+list)
		}
	}
	refused := make([]bool, len(lines))
	parallel(len(lines), func(i int) {
		_, err := ssh.print(t.Context(), o.Home, "-F", asFile(t, lines[i]), "n1")
		refused[i] = err != nil && strings.Contains(err.Error(), "line 1: Bad")
	})
	count := 0
	for i, text := range lines {
		keyword, list, _ := strings.Cut(text, " ")
		if ours := strange(keyword, list) != ""; ours != refused[i] {
			t.Errorf("%s: refused by ssh: %v, strange to us: %v", text, refused[i], ours)
		}
		if refused[i] {
			count++
		}
	}
	if count < len(lines)/4 || count > len(lines)*3/4 {
		t.Errorf("%d of %d lines are refused: that says little", count, len(lines))
	}
}

// TestAlgorithmsAreAllThere holds the tables against what ssh says it has.
func TestAlgorithmsAreAllThere(t *testing.T) {
	ssh := string(findSSH(t))
	version, _ := exec.Command(ssh, "-V").CombinedOutput() // it goes to stderr
	if !regexp.MustCompile(`^OpenSSH_(9\.|10\.0)`).Match(version) {
		t.Skipf("the tables are of OpenSSH 9.2 to 10.0, and this is %s", version)
	}
	for query, known := range names {
		out, err := exec.Command(ssh, "-Q", query).Output()
		if err != nil || len(out) == 0 {
			t.Errorf("ssh -Q %s: %v", query, err)
		}
		for name := range strings.FieldsSeq(string(out)) {
			if !slices.Contains(known, name) {
				t.Errorf("%s is not among our names for ssh -Q %s", name, query)
			}
		}
	}
	// What came after 9.2 is nothing to ask about.
	for _, list := range []string{"mlkem768x25519-sha256", "^sntrup761x25519-sha512,curve25519-sha256"} {
		if name := strange("kexalgorithms", list); name != "" {
			t.Errorf("%s is not known", name)
		}
	}
}
