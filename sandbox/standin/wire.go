package standin

import (
	"fmt"
	"time"
)

// The protocol between worker and master: JSON values, one a line, over one connection to
// the master's RPC port. The worker sends a registration, the master answers once, then
// the worker sends beats. The connection's end is the worker's end.
type registration struct {
	ID, Host string
	Port     int
	WebUI    string
	Cores    int
	Memory   int // MiB
}

type answer struct {
	MasterURL   string
	MasterWebUI string
	Standby     bool
	Refused     string // why, or ""
}

type beat struct{}

// beatEvery is how often a worker tells that it is there.
const beatEvery = 5 * time.Second

// none is a list that is written as [] and an object as {}.
type (
	none    = []struct{}
	nothing = map[string]struct{}
)

// masterView is /json/ of a Spark 3.5 master.
type masterView struct {
	URL              string       `json:"url"`
	Workers          []workerLine `json:"workers"`
	AliveWorkers     int          `json:"aliveworkers"`
	Cores            int          `json:"cores"`
	CoresUsed        int          `json:"coresused"`
	Memory           int          `json:"memory"`
	MemoryUsed       int          `json:"memoryused"`
	Resources        none         `json:"resources"`
	ResourcesUsed    none         `json:"resourcesused"`
	ActiveApps       none         `json:"activeapps"`
	CompletedApps    none         `json:"completedapps"`
	ActiveDrivers    none         `json:"activedrivers"`
	CompletedDrivers none         `json:"completeddrivers"`
	Status           string       `json:"status"`
}

// workerLine is one of its workers.
type workerLine struct {
	ID            string  `json:"id"`
	Host          string  `json:"host"`
	Port          int     `json:"port"`
	WebUIAddress  string  `json:"webuiaddress"`
	Cores         int     `json:"cores"`
	CoresUsed     int     `json:"coresused"`
	CoresFree     int     `json:"coresfree"`
	Memory        int     `json:"memory"`
	MemoryUsed    int     `json:"memoryused"`
	MemoryFree    int     `json:"memoryfree"`
	Resources     nothing `json:"resources"`
	ResourcesUsed nothing `json:"resourcesused"`
	ResourcesFree nothing `json:"resourcesfree"`
	State         string  `json:"state"`
	LastHeartbeat int64   `json:"lastheartbeat"`
}

// workerView is /json/ of a Spark 3.5 worker.
type workerView struct {
	ID                string  `json:"id"`
	MasterURL         string  `json:"masterurl"`
	MasterWebUIURL    string  `json:"masterwebuiurl"`
	Cores             int     `json:"cores"`
	CoresUsed         int     `json:"coresused"`
	Memory            int     `json:"memory"`
	MemoryUsed        int     `json:"memoryused"`
	Resources         nothing `json:"resources"`
	ResourcesUsed     nothing `json:"resourcesused"`
	Executors         none    `json:"executors"`
	FinishedExecutors none    `json:"finishedexecutors"`
}

// inUnits writes MiB as Spark's Utils.megabytesToString does.
func inUnits(mib int) string {
	if mib >= 2<<10 {
		return fmt.Sprintf("%.1f GiB", float64(mib)/1024)
	}
	return fmt.Sprintf("%.1f MiB", float64(mib))
}
