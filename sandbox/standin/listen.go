package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// maxRetries is spark.port.maxRetries: 17 tries in all.
const maxRetries = 16

// listen binds a service as Spark's Utils.startServiceOnPort does: on the port that was
// asked for or one of the 16 after it, whatever the reason that it cannot be had.
func (d *daemon) listen(service, host string, port int) (net.Listener, int, error) {
	if port != 0 && port < 1024 || port > 65535 {
		return nil, 0, errors.New("java.lang.IllegalArgumentException: requirement failed: startPort should be between 1024 and 65535 (inclusive), or 0 for a random free port")
	}
	for try := 0; ; try++ {
		next := port
		if port != 0 {
			next = wrap(port + try)
		}
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(next)))
		if err == nil {
			real := l.Addr().(*net.TCPAddr).Port
			d.log.info("Utils", "Successfully started service '%s' on port %d.", service, real)
			return l, real, nil
		}
		switch {
		case try == maxRetries:
			return nil, 0, bindException(service, port, err)
		case port == 0:
			d.log.warn("Utils", "Service '%s' could not bind on a random free port. You may check whether configuring an appropriate binding address.", service)
		default:
			d.log.warn("Utils", "Service '%s' could not bind on port %d. Attempting port %d.", service, next, wrap(next+1))
		}
	}
}

// wrap brings ports past the last one back to the first that is not privileged.
func wrap(port int) int {
	if port > 65535 {
		return port - 65536 + 1024
	}
	return port
}

func bindException(service string, port int, err error) error {
	reason, from, remedy := "Cannot assign requested address", fmt.Sprintf(" (starting from %d)", port), "binding address"
	if errors.Is(err, syscall.EADDRINUSE) {
		reason, remedy = "Address already in use", "port"
	}
	if port == 0 {
		from = " (on a random free port)"
	}
	return fmt.Errorf("java.net.BindException: %s: Service '%s' failed after %d retries%s! Consider explicitly setting the appropriate %s for the service '%s'",
		reason, service, maxRetries, from, remedy, service)
}

// serveUI is the web UI: /json/ answers what view returns. It binds to SPARK_LOCAL_IP as
// Spark 2.0 and later do. What it returns is the address for links, http://HOST:PORT.
func (d *daemon) serveUI(host string, port int, view func() any) (string, error) {
	l, real, err := d.listen(d.name+"UI", d.env.get("SPARK_LOCAL_IP"), port)
	if err != nil {
		return "", err
	}
	if name := d.env.get("SPARK_PUBLIC_DNS"); name != "" {
		host = name
	}
	address := "http://" + net.JoinHostPort(host, strconv.Itoa(real))
	bound := d.env.get("SPARK_LOCAL_IP")
	if bound == "" {
		bound = "0.0.0.0"
	}
	mux := http.NewServeMux() // which redirects /json to /json/, as Jetty does
	mux.HandleFunc("/json/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/json;charset=utf-8")
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		out.Encode(view())
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "Spark %s %s: a stand-in of sparkops sandbox. See /json/\n", d.name, Version)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) // until the process ends
	d.log.info(d.name+"WebUI", "Bound %sWebUI to %s, and started at %s", d.name, bound, address)
	return address, nil
}
