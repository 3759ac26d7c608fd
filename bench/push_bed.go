//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sparkops/sandbox"
)

// pushBed is a sandbox's hosts: real SSH servers with a directory each, in this process. What
// differs between the tools is what they do with them.
type pushBed struct {
	sparkops string
	cluster  *sandbox.Cluster
	config   string // ssh_config of the hosts, or of relays in front of them
	texts    [2]string
	turn     int
}

// newPushBed has n workers and files of about that size.
func (b *bench) newPushBed(n, size int) (*pushBed, error) {
	c, err := sandbox.Start(b.ctx, sandbox.Options{Workers: n, Dir: b.dir, Executable: b.sparkops})
	if err != nil {
		return nil, err
	}
	p := &pushBed{sparkops: b.sparkops, cluster: c, config: filepath.Join(c.Dir(), "ssh", "config")}
	for i := range p.texts {
		p.texts[i] = "SPARK_MASTER_HOST=127.0.0.1\n" + strings.Repeat(fmt.Sprintf("# text %d\n", i), size/9)
	}
	// The master has a file as well for sparkops, which would push to it too: workers only, for all.
	if err := os.WriteFile(filepath.Join(c.Dir(), "list"), []byte(strings.Join(p.names(), "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	return p, p.reset()
}

func (p *pushBed) hosts() []sandbox.Host { return p.cluster.Hosts()[1:] }

func (p *pushBed) names() (all []string) {
	for _, h := range p.hosts() {
		all = append(all, h.Name)
	}
	return all
}

// file is what is pushed; on the hosts it replaces the other text.
func (p *pushBed) file() string { return filepath.Join(p.cluster.Dir(), "conf", "spark-env.sh") }

// reset gives every host the text that is not pushed next.
func (p *pushBed) reset() error {
	p.turn++
	for _, h := range p.cluster.Hosts() {
		if err := os.WriteFile(h.SparkHome+"/conf/spark-env.sh", []byte(p.texts[p.turn%2]), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(p.cluster.Hosts()[0].SparkHome+"/conf/spark-env.sh", []byte(p.texts[(p.turn+1)%2]), 0o644); err != nil {
		return err
	}
	return os.WriteFile(p.file(), []byte(p.texts[(p.turn+1)%2]), 0o644)
}

// state is how many hosts have the old text, the new one, and neither.
func (p *pushBed) state() (old, changed, torn int) {
	for _, h := range p.hosts() {
		text, err := os.ReadFile(h.SparkHome + "/conf/spark-env.sh")
		switch {
		case err == nil && string(text) == p.texts[p.turn%2]:
			old++
		case err == nil && string(text) == p.texts[(p.turn+1)%2]:
			changed++
		default:
			torn++
		}
	}
	return old, changed, torn
}

// settled waits until the hosts' files are what they will be after a kill.
func (p *pushBed) settled() {
	for last := ""; ; {
		time.Sleep(100 * time.Millisecond)
		old, changed, torn := p.state()
		now := fmt.Sprint(old, changed, torn)
		if now == last {
			return
		}
		last = now
	}
}

// slow puts a line of so many bytes a second in front of every host.
func (p *pushBed) slow(ctx context.Context, rate int) error {
	var config strings.Builder
	for _, h := range p.cluster.Hosts() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, func() { l.Close() })
		go serveSlowly(l, h.SSH, rate)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		fmt.Fprintf(&config, "Host %s\n  HostName 127.0.0.1\n  Port %s\n  HostKeyAlias %[1]s\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n\n", h.Name, port)
	}
	text, err := os.ReadFile(p.config)
	if err != nil {
		return err
	}
	p.config += ".slow"
	return os.WriteFile(p.config, append([]byte(config.String()), text...), 0o600)
}

func serveSlowly(l net.Listener, to string, rate int) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer server.Close()
			go func() {
				defer client.Close()
				io.Copy(client, server)
			}()
			buffer := make([]byte, 4<<10)
			for {
				n, err := client.Read(buffer)
				if _, failed := server.Write(buffer[:n]); err != nil || failed != nil {
					return
				}
				time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
			}
		}()
	}
}
