package standin

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// settings is what a daemon is told by its command line and, behind that, its environment.
type settings struct {
	host    string
	port    int
	webPort int
	cores   int
	memory  int      // MiB
	masters []string // host:port
}

// masterSettings reads what MasterArguments of Spark 3.5 reads.
func masterSettings(env environ, args []string) (settings, error) {
	hostname, _ := os.Hostname()
	host := cmp.Or(env.get("SPARK_MASTER_HOST"), hostname)
	port := cmp.Or(env.get("SPARK_MASTER_PORT"), "7077")
	web := cmp.Or(env.get("SPARK_MASTER_WEBUI_PORT"), "8080")
	var ignored string
	rest, ok := parse(args, map[string]*string{
		"-h": &host, "--host": &host, "-i": &host, "--ip": &host,
		"-p": &port, "--port": &port, "--webui-port": &web, "--properties-file": &ignored,
	})
	if !ok || len(rest) > 0 {
		return settings{}, plainly(masterUsage)
	}
	s := settings{host: host}
	return s, errors.Join(checkHost(host), number(port, &s.port), number(web, &s.webPort))
}

// workerSettings reads what WorkerArguments of Spark 3.5 reads.
func workerSettings(env environ, args []string) (settings, error) {
	host := cmp.Or(env.get("SPARK_LOCAL_HOSTNAME"), env.get("SPARK_LOCAL_IP"), "127.0.0.1")
	port := cmp.Or(env.get("SPARK_WORKER_PORT"), "0")
	web := cmp.Or(env.get("SPARK_WORKER_WEBUI_PORT"), "8081")
	cores := cmp.Or(env.get("SPARK_WORKER_CORES"), strconv.Itoa(runtime.NumCPU()))
	memory := cmp.Or(env.get("SPARK_WORKER_MEMORY"), "1g")
	var ignored string
	rest, ok := parse(args, map[string]*string{
		"-h": &host, "--host": &host, "-i": &host, "--ip": &host,
		"-p": &port, "--port": &port, "--webui-port": &web, "--properties-file": &ignored,
		"-c": &cores, "--cores": &cores, "-m": &memory, "--memory": &memory, "-d": &ignored, "--work-dir": &ignored,
	})
	if !ok || len(rest) != 1 {
		return settings{}, plainly(workerUsage)
	}
	s := settings{host: host}
	err := errors.Join(checkHost(host), number(port, &s.port), number(web, &s.webPort), number(cores, &s.cores), megabytes(memory, &s.memory))
	if err != nil {
		return s, err
	}
	s.masters, err = masterAddresses(rest[0])
	return s, err
}

// parse reads a command line of flags that each take a value; the rest is positional.
func parse(args []string, flags map[string]*string) (rest []string, ok bool) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if !strings.HasPrefix(word, "-") {
			rest = append(rest, word)
			continue
		}
		value, known := flags[word]
		if !known || len(args) == 0 {
			return nil, false
		}
		*value, args = args[0], args[1:]
	}
	return rest, true
}

// masterAddresses reads spark://h1:p1,h2:p2.
func masterAddresses(url string) ([]string, error) {
	list, ok := strings.CutPrefix(url, "spark://")
	addresses := strings.Split(list, ",")
	wrong := func(a string) bool {
		host, port, found := strings.Cut(a, ":")
		_, err := strconv.ParseUint(port, 10, 16)
		return !found || host == "" || err != nil || strings.ContainsAny(host, "_/@")
	}
	if i := slices.IndexFunc(addresses, wrong); !ok || i >= 0 {
		return nil, fmt.Errorf("org.apache.spark.SparkException: Invalid master URL: spark://%s", addresses[max(i, 0)])
	}
	return addresses, nil
}

func checkHost(host string) error {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return fmt.Errorf("java.lang.AssertionError: assertion failed: Expected hostname or IPv6 IP enclosed in [] but got %s", host)
	}
	return nil
}

func number(text string, to *int) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("java.lang.NumberFormatException: For input string: %q", text)
	}
	*to = n
	return nil
}

// megabytes reads 1000M or 2g; without a unit the number is bytes, which is the mistake
// that Spark's message is about.
func megabytes(text string, to *int) error {
	digits := strings.TrimRight(strings.ToLower(text), "kmgtb")
	var n int
	if err := number(digits, &n); err != nil {
		return err
	}
	switch unit := strings.TrimSuffix(strings.ToLower(text[len(digits):]), "b"); unit {
	case "t":
		*to = n << 20
	case "g":
		*to = n << 10
	case "m":
		*to = n
	case "k":
		*to = n >> 10
	default:
		*to = n >> 20
	}
	if *to <= 0 {
		return errors.New("java.lang.IllegalStateException: Memory can't be 0, missing a M or G on the end of the memory specification?")
	}
	return nil
}

const masterUsage = `Usage: Master [options]

Options:
  -i HOST, --ip HOST     Hostname to listen on (deprecated, please use --host or -h)
  -h HOST, --host HOST   Hostname to listen on
  -p PORT, --port PORT   Port to listen on (default: 7077)
  --webui-port PORT      Port for web UI (default: 8080)
  --properties-file FILE Path to a custom Spark properties file.
                         Default is conf/spark-defaults.conf.`

const workerUsage = `Usage: Worker [options] <master>

Master must be a URL of the form spark://hostname:port

Options:
  -c CORES, --cores CORES  Number of cores to use
  -m MEM, --memory MEM     Amount of memory to use (e.g. 1000M, 2G)
  -d DIR, --work-dir DIR   Directory to run apps in (default: SPARK_HOME/work)
  -i HOST, --ip IP         Hostname to listen on (deprecated, please use --host or -h)
  -h HOST, --host HOST     Hostname to listen on
  -p PORT, --port PORT     Port to listen on (default: random)
  --webui-port PORT        Port for web UI (default: 8081)
  --properties-file FILE   Path to a custom Spark properties file.
                           Default is conf/spark-defaults.conf.`
