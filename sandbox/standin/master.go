package standin

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// master is the stand-in of org.apache.spark.deploy.master.Master.
type master struct {
	*daemon
	url, webUI string
	status     string // ALIVE or STANDBY

	mu      sync.Mutex
	workers []*workerLine
}

// startMaster binds the ports and serves them until the process ends.
func startMaster(d *daemon, args []string) error {
	s, err := masterSettings(d.env, args)
	if err != nil {
		return err
	}
	rpc, port, err := d.listen("sparkMaster", s.host, s.port)
	if err != nil {
		return err
	}
	m := &master{daemon: d, url: fmt.Sprintf("spark://%s:%d", s.host, port), status: "ALIVE"}
	if d.env.get("SPARKOPS_STANDIN_STANDBY") != "" {
		m.status = "STANDBY"
	}
	d.log.info("Master", "Starting Spark master at %s", m.url)
	d.log.info("Master", "Running Spark version %s", Version)
	if m.webUI, err = d.serveUI(s.host, s.webPort, m.view); err != nil {
		return err
	}
	if m.status == "ALIVE" {
		d.log.info("Master", "I have been elected leader! New state: ALIVE")
	}
	go m.accept(rpc)
	return nil
}

func (m *master) accept(rpc net.Listener) {
	for {
		conn, err := rpc.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of files, say: others may end meanwhile
			continue
		}
		go m.serve(conn)
	}
}

// serve is the life of one worker, as the master sees it.
func (m *master) serve(conn net.Conn) {
	defer conn.Close()
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	var asks registration
	if in.Decode(&asks) != nil {
		return
	}
	if m.status != "ALIVE" {
		out.Encode(answer{Standby: true})
		return
	}
	w, refused := m.add(asks)
	if refused != "" {
		out.Encode(answer{Refused: refused})
		return
	}
	out.Encode(answer{MasterURL: m.url, MasterWebUI: m.webUI})
	for {
		var b beat
		if in.Decode(&b) != nil {
			break
		}
		m.set(w, "ALIVE")
	}
	m.log.info("Master", "%s:%d got disassociated, removing it.", w.Host, w.Port)
	m.set(w, "DEAD")
}

// add lists a worker. A dead one of the same address makes room for it, a live one does not.
func (m *master) add(r registration) (w *workerLine, refused string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	same := func(w *workerLine) bool { return w.Host == r.Host && w.Port == r.Port }
	if i := slices.IndexFunc(m.workers, same); i >= 0 && m.workers[i].State == "ALIVE" {
		m.log.warn("Master", "Attempted to re-register worker at same address: %s:%d", r.Host, r.Port)
		return nil, fmt.Sprintf("Attempted to re-register worker at same address: %s:%d", r.Host, r.Port)
	}
	m.workers = slices.DeleteFunc(m.workers, same)
	w = &workerLine{
		ID: r.ID, Host: r.Host, Port: r.Port, WebUIAddress: r.WebUI,
		Cores: r.Cores, CoresFree: r.Cores, Memory: r.Memory, MemoryFree: r.Memory,
		Resources: nothing{}, ResourcesUsed: nothing{}, ResourcesFree: nothing{},
		State: "ALIVE", LastHeartbeat: time.Now().UnixMilli(),
	}
	m.workers = append(m.workers, w)
	m.log.info("Master", "Registering worker %s:%d with %d cores, %s RAM", r.Host, r.Port, r.Cores, inUnits(r.Memory))
	return w, ""
}

func (m *master) set(w *workerLine, state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.State = state
	if state == "ALIVE" {
		w.LastHeartbeat = time.Now().UnixMilli()
	}
}

// view is what /json/ shows. As since Spark 1.5, the sums are those of the living.
func (m *master) view() any {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := masterView{
		URL: m.url, Status: m.status, Workers: []workerLine{}, Resources: none{}, ResourcesUsed: none{},
		ActiveApps: none{}, CompletedApps: none{}, ActiveDrivers: none{}, CompletedDrivers: none{},
	}
	for _, w := range m.workers {
		v.Workers = append(v.Workers, *w)
		if w.State == "ALIVE" {
			v.AliveWorkers++
			v.Cores += w.Cores
			v.Memory += w.Memory
		}
	}
	return v
}
