package ssh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/ssh/sshtest"
)

// Wherever the network fails, be it that the connection is cut or goes silent, there is an
// error in time; an error that says that nothing began is true; and once the server has
// shown its key, nothing is tried a second time.
func TestNetworkFailsAnywhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, sshtest.Options{Dir: dir})
	script := func(name string) shell.Script {
		return shell.Script{Vars: []shell.Var{{Name: "file", Value: filepath.Join(dir, name)}}, Body: `: > "$file"; head -c 2000 /dev/zero`}
	}
	whole := &sshtest.Relay{To: s.Addr()}
	if _, e := attempt(t, at(t, rogue(t, whole.Serve).Addr()), script("whole"), patience); e != nil {
		t.Fatal(e)
	}
	// What follows the end marks has some 150 bytes, and the packets that the same output may
	// come in differ by some 300 from run to run: any point before that, twice over, is before
	// the end in every run, and still amid the output.
	last := whole.Passed() - 1000
	claims := make(chan string, 100) // of scripts that did not begin
	t.Run("all", func(t *testing.T) {
		for _, freeze := range []bool{false, true} {
			for after := 1; after < last; after += last / 20 {
				name := fmt.Sprint(after, freeze)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					relay := &sshtest.Relay{To: s.Addr(), After: after, Freeze: freeze}
					r := rogue(t, relay.Serve)
					h := at(t, r.Addr())
					h.ConnectTimeout = time.Second
					_, e := attempt(t, h, script(name), 2*time.Second)
					if e == nil {
						t.Fatal("it ended well")
					}
					if e.Class != shell.ClassTimeout && e.Class != shell.ClassLost && (freeze || e.Class != shell.ClassClosed) {
						t.Errorf("class %s: %v", e.Class, e)
					}
					if late := e.Class == shell.ClassLost || strings.Contains(e.Error(), "during the login"); late && r.Connections() != 1 {
						t.Errorf("%d connections: %v", r.Connections(), e)
					}
					if !e.Began {
						claims <- name
					}
				})
			}
		}
	})
	s.Close()
	close(claims)
	n := 0
	for name := range claims {
		n++
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: it is said not to have begun, and did", name)
		}
	}
	if n == 0 {
		t.Error("every script is said to have begun")
	}
}
