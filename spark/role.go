package spark

import (
	"net"
	"strconv"
	"strings"
)

// Role is what a daemon is in the cluster.
type Role string

// The two roles of Spark standalone.
const (
	Master Role = "master"
	Worker Role = "worker"
)

// Class is the main class of the role's daemon.
func (r Role) Class() string {
	if r == Master {
		return "org.apache.spark.deploy.master.Master"
	}
	return "org.apache.spark.deploy.worker.Worker"
}

// Spark's default ports.
const (
	MasterPort   = 7077 // RPC; SPARK_MASTER_PORT
	MasterUIPort = 8080 // web UI and /json/; SPARK_MASTER_WEBUI_PORT
)

// Address is host and port, as Spark writes them: a host with a colon in brackets.
func Address(host string, port int) string {
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
}

// URL is the master URL for these addresses. Many masters share one scheme prefix:
// spark://h1:7077,h2:7077.
func URL(addresses []string) string {
	return "spark://" + strings.Join(addresses, ",")
}
