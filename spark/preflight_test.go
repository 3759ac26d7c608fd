package spark

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/spark/facts"
)

// Where a start can come to nothing only, there is no daemon and no log; without the check there is.
func TestPreflight(t *testing.T) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { open.Close() })
	reached := open.Addr().String()
	cases := []struct {
		name, env string
		addresses []string
		atFault   bool
		want      string // what states says of it
	}{
		{"well", "SPARK_LOCAL_IP=127.0.0.1\n", []string{reached}, false, "registered"},
		{"one master of two", "", []string{"127.0.0.1:1", reached}, false, "registered"},
		{"refused", "", []string{"127.0.0.1:1"}, false, "refused"},
		{"unknown name", "", []string{"no.such.invalid:7077", "127.0.0.1:1"}, false, "dns"},
		{"foreign address", "SPARK_LOCAL_IP=192.0.2.7\n", []string{reached}, false, "config"},
		{"a name, not judged", "SPARK_LOCAL_IP=no.such.invalid\n", []string{reached}, false, "registered"},
		{"the file at fault", "", []string{reached}, true, "config"},
	}
	for name, argv := range shells {
		for _, tt := range cases {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				b := newBed(t, argv, tt.env)
				s := &Start{Cluster: &Cluster{Addresses: tt.addresses}, Check: true, Bounds: Bounds{Wait: 3 * time.Second}}
				if text, _ := os.ReadFile(b.home + "/conf/spark-env.sh"); tt.atFault {
					sum := sha256.Sum256(text)
					s.AtFault = EnvFault{SHA256: hex.EncodeToString(sum[:]), Says: "line 1: x", Hint: "y"}
				}
				records := b.run(Worker, "start", nil, s.startVars("", "", "registered")...)
				said := states(records[:1]) + states(records[len(records)-1:])
				if said != tt.want {
					t.Fatalf("got %q, want %q: %v", said, tt.want, records)
				}
				refused := tt.want != "registered"
				if logs, _ := filepath.Glob(b.home + "/logs/*.out"); refused == (len(logs) > 0) || refused == (len(b.pids()) > 0) {
					t.Errorf("logs %v, daemons %v", logs, b.pids())
				}
				if last := records[len(records)-1]; last["check"] != "" {
					h, err := facts.Read(records)
					d, ok := h.Dial(tt.addresses[0])
					if err != nil || !ok || shell.Class(d.State) != shell.Class(tt.want) || h.Resolve("127.0.0.1").State == "unknown" {
						t.Errorf("%v: %+v %+v", err, h.Dialled, h.Resolved)
					}
				} else if tt.want == "refused" || tt.want == "dns" {
					t.Errorf("it names no check: %v", last)
				}
				s.Check = false
				if refused && !tt.atFault {
					b.expect("--no-check", b.run(Worker, "start", nil, s.startVars("", "", "registered")...), "registered")
				}
			})
		}
	}
}

// Two names of one machine have one worker, which is said; workers of two machines may well
// have one pid.
func TestOneMachine(t *testing.T) {
	all := []Outcome{
		{Host: "w1", PID: 7, Address: "10.0.0.1:4001"}, {Host: "w1", PID: 8, Address: "10.0.0.1:4002"},
		{Host: "w2", PID: 7, Address: "10.0.0.2:4001"}, {Host: "alias", PID: 7, Address: "10.0.0.1:4001"}, {Host: "w3"}, {Host: "w4"},
	}
	oneMachine(all)
	for _, o := range all {
		if want := o.Host == "alias"; want != (o.Warning != "") {
			t.Errorf("%s: %q", o.Host, o.Warning)
		}
	}
}
