package spark

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sparkops/shell"
)

// View is what a master says of the cluster: its /json/, the same from Spark 0.8 to 4.x.
type View struct {
	Master  string       `json:"-"`   // the host it was asked on
	PID     int          `json:"-"`   // of the master there, where that was looked at
	Err     error        `json:"-"`   // why nothing else is known
	URL     string       `json:"url"` // spark://host:port, the name that the master itself uses
	Status  string       `json:"status"`
	Workers []ListedWork `json:"workers"`
}

// ListedWork is a worker in a master's list. Dead ones stay listed for a quarter of an hour.
type ListedWork struct {
	ID     string `json:"id"`
	Host   string `json:"host"` // an IP address, as a rule
	Port   int    `json:"port"`
	WebUI  string `json:"webuiaddress"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory"` // MiB
	State  string `json:"state"`  // ALIVE, DEAD, DECOMMISSIONED, UNKNOWN
}

// Alive reports whether the master gives work to it.
func (w ListedWork) Alive() bool { return w.State == "ALIVE" }

// viewBound is how long one question to a master may take.
const viewBound = 10 * time.Second

// maxView bounds the size of a master's answer, in bytes.
const maxView = 64 << 20

// dialer is a runner that can also open connections from its machine.
type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// askMaster reads a master's /json/ through the connection to its host, never by a fresh
// one from this machine, so that no firewall matters; where the SSH server forwards
// nothing, that host's own shell reads it.
func askMaster(ctx context.Context, connect Connect, o Outcome, uiPort int) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, viewBound)
	defer cancel()
	runner, err := connect(ctx, o.Host)
	if err != nil {
		return View{}, err
	}
	var last error
	for _, address := range o.uiAddresses(uiPort) {
		body, err := readPage(ctx, runner, address)
		if err != nil {
			last = err
			continue
		}
		view := View{Master: o.Host}
		if err := json.Unmarshal(body, &view); err != nil || view.Status == "" {
			last = fmt.Errorf("what answers at %s on %s is no Spark master", address, o.Host)
			continue
		}
		return view, nil
	}
	return View{}, fmt.Errorf("reading /json/ of the master on %s: %w", o.Host, last)
}

// uiAddresses are the addresses at which the master's web UI may be asked from its own
// host, the likeliest first.
func (o *Outcome) uiAddresses(fallback int) []string {
	host := o.bound
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	if _, port, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(o.WebUI, "http://"), "https://")); err == nil {
		return []string{net.JoinHostPort(host, port)}
	}
	hosts := []string{host}
	for _, address := range []string{o.Address, o.wanted} {
		if name, _, err := net.SplitHostPort(address); err == nil && !slices.Contains(hosts, name) {
			hosts = append(hosts, name)
		}
	}
	var all []string
	for _, port := range append([]int{fallback}, o.listen...) {
		for _, host := range hosts {
			all = append(all, net.JoinHostPort(host, strconv.Itoa(port)))
		}
	}
	return all
}

func readPage(ctx context.Context, runner shell.Runner, address string) ([]byte, error) {
	if d, ok := runner.(dialer); ok {
		body, err := readThrough(ctx, d, address)
		if err == nil {
			return body, nil
		}
	}
	var page bytes.Buffer
	out, err := runner.Run(ctx, shell.Script{
		Name: "json", Body: body("json"), Stdout: &page,
		Vars: []shell.Var{{Name: "in_address", Value: address}, {Name: "in_path", Value: "/json/"}},
	})
	if err != nil {
		return nil, err
	}
	if out.Code != 0 {
		return nil, fmt.Errorf("nothing answers at %s there", address)
	}
	return page.Bytes(), nil
}

// readThrough asks by HTTP. With spark.ssl the UI sends on to HTTPS; its certificate is not
// looked at, because the connection ends on the host that SSH has already verified.
func readThrough(ctx context.Context, d dialer, address string) ([]byte, error) {
	transport := &http.Transport{
		DialContext:       d.DialContext,
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/json/", nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("http://%s/json/ answers %s", address, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxView))
}
