//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/sshtest"
)

// farmVerb is what this program calls itself with to become the farm: SSH servers in a
// process of their own, so that what they cost is not counted as the client's memory or
// threads.
const farmVerb = "farm"

const (
	farmHosts = 256
	farmHung  = "hung" // a host that accepts connections and says nothing
)

// farm starts the servers, writes into dir what a client needs, and serves until its
// standard input ends.
func farm(dir string) error {
	client, err := writeKey(dir)
	if err != nil {
		return err
	}
	var config, known, workers strings.Builder
	for i := range farmHosts {
		// Loopback is a whole network of class A; each host has an address in it.
		address := fmt.Sprintf("127.77.%d.%d", i/250, i%250+1)
		server, err := sshtest.Start(sshtest.Options{Addr: address + ":0", AuthorizedKeys: []gossh.PublicKey{client}})
		if err != nil {
			return err
		}
		defer server.Close()
		name := fmt.Sprintf("h%03d", i)
		known.WriteString(entry(&config, name, server.Addr(), dir) + " " + string(gossh.MarshalAuthorizedKey(server.HostKey())))
		workers.WriteString(name + "\n")
	}
	hung, err := net.Listen("tcp", "127.77.9.9:0")
	if err != nil {
		return err
	}
	defer hung.Close()
	entry(&config, farmHung, hung.Addr().String(), dir)
	for name, text := range map[string]string{
		"ssh_config": config.String(), "known_hosts": known.String(),
		"conf/workers": workers.String(), "hung/workers": workers.String() + farmHung + "\n",
	} {
		if err := write(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// entry writes a host's part of ssh_config and returns its name in known_hosts.
func entry(config *strings.Builder, name, address, dir string) string {
	host, port, _ := net.SplitHostPort(address)
	fmt.Fprintf(config, "Host %s\n  HostName %s\n  Port %s\n  User root\n  IdentityFile %[4]s/key\n  IdentitiesOnly yes\n  UserKnownHostsFile %[4]s/known_hosts\n  StrictHostKeyChecking yes\n", name, host, port, dir)
	return "[" + host + "]:" + port
}

func writeKey(dir string) (gossh.PublicKey, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, "bench")
	if err != nil {
		return nil, err
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		return nil, err
	}
	return signer.PublicKey(), write(filepath.Join(dir, "key"), string(pem.EncodeToMemory(block)))
}

func write(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

// startFarm runs the farm in a process of its own; the returned function ends it.
func startFarm(ctx context.Context, dir string) (func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, farmVerb, dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	limit := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer limit.Stop()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, fmt.Errorf("the farm did not start: %q: %w", line, err)
	}
	return func() { in.Close(); cmd.Wait() }, nil
}
