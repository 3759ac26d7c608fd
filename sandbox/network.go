package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/sshtest"
)

// The port of the SSH servers. That it is the same everywhere keeps two sandboxes from
// choosing the same addresses; after some tries any port will do.
const (
	sshPort  = 2222
	networks = 20 // how many networks are tried
	samePort = 15 // how many of them with sshPort
)

// host is a Host and its SSH server.
type host struct {
	Host
	server *sshtest.Server
	key    gossh.Signer
}

// openHosts finds a network of 127.64.0.0/10 that is free and starts n SSH servers in it,
// the master's first.
func openHosts(root string, n int, login sshtest.Options) ([]*host, error) {
	keys := make([]gossh.Signer, n)
	for i := range keys {
		_, signer, err := newKey()
		if err != nil {
			return nil, err
		}
		keys[i] = signer
	}
	for try := 0; ; try++ {
		port := sshPort
		if try >= samePort {
			port = 0
		}
		hosts, err := openNetwork(root, randomNetwork(), port, keys, login)
		switch {
		case err == nil:
			return hosts, nil
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return nil, fmt.Errorf("this machine has no loopback addresses but 127.0.0.1, and a sandbox needs some of 127.64.0.0/10: run it on Linux (%w)", err)
		case !errors.Is(err, syscall.EADDRINUSE) || try == networks:
			return nil, err
		}
	}
}

// randomNetwork is the first two numbers of addresses 127.A.B.N. B leaves room for the
// networks after it, which many hosts need.
func randomNetwork() [2]int { return [2]int{64 + rand.IntN(64), rand.IntN(250)} }

// openNetwork starts the SSH servers of all hosts, or none.
func openNetwork(root string, network [2]int, port int, keys []gossh.Signer, login sshtest.Options) ([]*host, error) {
	var hosts []*host
	for i, key := range keys {
		h, err := openHost(root, network, port, i, key, login)
		if err != nil {
			for _, h := range hosts {
				h.server.Close()
			}
			return nil, err
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

func openHost(root string, network [2]int, port, number int, key gossh.Signer, login sshtest.Options) (*host, error) {
	name := "master"
	if number > 0 {
		name = "worker" + strconv.Itoa(number)
	}
	const perNetwork = 250
	address := fmt.Sprintf("127.%d.%d.%d", network[0], network[1]+number/perNetwork, 1+number%perNetwork)
	home := filepath.Join(root, "hosts", name)
	spark := filepath.Join(home, "spark")
	h := &host{key: key, Host: Host{
		Name: name, Address: address, Home: home, SparkHome: spark,
		EnvFile: filepath.Join(spark, "conf", "host-env.sh"),
		Logs:    filepath.Join(spark, "logs"), Pids: filepath.Join(spark, "pids"),
	}}
	var err error
	if number == 0 {
		if h.RPCPort, err = freePort(address, 7077); err != nil {
			return nil, err
		}
		h.WebUIPort, err = freePort(address, 8080)
	} else {
		h.WebUIPort, err = freePort(address, 8081)
	}
	if err != nil {
		return nil, err
	}
	login.Addr, login.HostKeys, login.Dir = net.JoinHostPort(address, strconv.Itoa(port)), []gossh.Signer{key}, home
	// The launcher's conf directory is visible to all hosts here; each is to use its own.
	login.Env = []string{"SPARK_CONF_DIR=" + filepath.Join(spark, "conf")}
	login.KeysFile = filepath.Join(home, ".ssh", "authorized_keys")
	h.server, err = sshtest.Start(login)
	if err != nil {
		return nil, err
	}
	h.SSH = h.server.Addr()
	return h, nil
}

// freePort is Spark's usual port, or one some hundreds above it where a program that listens
// on all addresses of this machine has that.
func freePort(address string, usual int) (int, error) {
	for port := usual; ; port += 100 {
		l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) || port >= usual+3000 {
			return 0, err
		}
	}
}
