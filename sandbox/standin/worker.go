package standin

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

// How often a worker tries its masters, and how many times. Spark's schedule takes some
// five minutes too, with longer steps.
const (
	retryEvery   = time.Second
	retries      = 300
	dialTimeout  = 5 * time.Second
	replyTimeout = 10 * time.Second
)

// worker is the stand-in of org.apache.spark.deploy.worker.Worker.
type worker struct {
	*daemon
	registration
	masters []string

	mu     sync.Mutex
	master answer // the zero answer while unregistered
}

// startWorker binds the ports and keeps the worker registered until the process ends.
func startWorker(d *daemon, args []string) error {
	s, err := workerSettings(d.env, args)
	if err != nil {
		return err
	}
	rpc, port, err := d.listen("sparkWorker", s.host, s.port)
	if err != nil {
		return err
	}
	w := &worker{daemon: d, masters: s.masters, registration: registration{
		ID:   fmt.Sprintf("worker-%s-%s-%d", time.Now().Format("20060102150405"), s.host, port),
		Host: s.host, Port: port, Cores: s.cores, Memory: s.memory,
	}}
	d.log.info("Worker", "Starting Spark worker %s:%d with %d cores, %s RAM", s.host, port, s.cores, inUnits(s.memory))
	d.log.info("Worker", "Running Spark version %s", Version)
	d.log.info("Worker", "Spark home: %s", d.env.get("SPARK_HOME"))
	if w.WebUI, err = d.serveUI(s.host, s.webPort, w.view); err != nil {
		return err
	}
	go func() {
		defer rpc.Close() // nobody calls a worker; the port is held because Spark holds it
		w.seek()
	}()
	return nil
}

// seek finds a master, stays with it for as long as it is there, and seeks again.
func (w *worker) seek() {
	most := w.env.count("SPARKOPS_STANDIN_RETRIES", retries)
	for attempt := 0; attempt < most; attempt++ {
		if attempt > 0 {
			w.log.info("Worker", "Retrying connection to master (attempt # %d)", attempt)
		}
		for _, address := range w.masters {
			w.log.info("Worker", "Connecting to master %s...", address)
			if w.env.get("SPARKOPS_STANDIN_DEAF") != "" {
				select {}
			}
			if w.serve(address) {
				attempt = 0
			}
		}
		time.Sleep(retryEvery)
	}
	w.log.line("ERROR", "Worker", "All masters are unresponsive! Giving up.")
	w.exit <- 1
}

// serve registers with one master and returns when the connection is gone. It reports
// whether the master had taken this worker.
func (w *worker) serve(address string) bool {
	conn, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		w.log.warn("Worker", "Failed to connect to master %s\n%s", address, trace(address, err))
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(replyTimeout))
	out := json.NewEncoder(conn)
	out.Encode(w.registration)
	var a answer
	switch err := json.NewDecoder(conn).Decode(&a); {
	case err != nil:
		w.log.warn("Worker", "Failed to connect to master %s\n%s", address, trace(address, err))
		return false
	case a.Refused != "":
		w.log.line("ERROR", "Worker", "Worker registration failed: %s", a.Refused)
		w.exit <- 1
		select {} // the process ends now
	case a.Standby:
		return false
	}
	conn.SetDeadline(time.Time{})
	w.log.info("Worker", "Successfully registered with master %s", a.MasterURL)
	w.become(a)
	w.stay(conn)
	w.become(answer{})
	w.log.line("ERROR", "Worker", "Connection to master failed! Waiting for master to reconnect...")
	return true
}

// stay beats until the master has closed the connection.
func (w *worker) stay(conn net.Conn) {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	gone := make(chan struct{})
	go func() {
		conn.Read(make([]byte, 1)) // the master says nothing more
		close(gone)
	}()
	for {
		select {
		case <-gone:
			return
		case <-beats.C:
			json.NewEncoder(conn).Encode(beat{})
		}
	}
}

func (w *worker) become(a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.master = a
}

func (w *worker) view() any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return workerView{
		ID: w.ID, MasterURL: w.master.MasterURL, MasterWebUIURL: w.master.MasterWebUI, Cores: w.Cores, Memory: w.Memory,
		Resources: nothing{}, ResourcesUsed: nothing{}, Executors: none{}, FinishedExecutors: none{},
	}
}
