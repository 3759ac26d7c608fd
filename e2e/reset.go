//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// Settings are lines of spark-env.sh that every host has.
type Settings []string

// Small lets a JVM start fast and leaves room for many on one machine. It is for
// tests: a figure is taken with [Plain].
var Small = Settings{
	"SPARK_DAEMON_MEMORY=256m",
	`SPARK_DAEMON_JAVA_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"`,
	`SPARK_LAUNCHER_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"`,
	"SPARK_WORKER_CORES=1",
	"SPARK_WORKER_MEMORY=512m",
}

// Plain leaves the JVM's options alone.
var Plain = Settings{"SPARK_WORKER_CORES=1", "SPARK_WORKER_MEMORY=1g"}

// Reset ends every daemon and everything left of it, and configures all hosts
// anew, so that no test sees what another one did.
func (c *Cluster) Reset(settings Settings) error {
	if err := c.quiet(); err != nil {
		return err
	}
	env := c.SparkEnv(settings)
	for _, h := range c.hosts {
		err := errors.Join(
			h.Empty("/tmp"),
			h.Remove(SparkHome+"/logs", SparkHome+"/work", SparkHome+"/conf", "/home/spark/.bashrc", "/home/spark/.ssh/environment"),
			h.Write(Spark, SparkHome+"/conf/spark-env.sh", env, 0o644),
		)
		if err != nil {
			return fmt.Errorf("cleaning host %s: %w", h.Name, err)
		}
	}
	return errors.Join(
		c.Launcher.Remove(ConfDir),
		c.Launcher.Write(Spark, ConfDir+"/spark-env.sh", env, 0o644),
		c.Launcher.Write(Spark, ConfDir+"/workers", "w1\nw2\nw3\n", 0o644),
	)
}

// SparkEnv is a spark-env.sh with these settings.
func (c *Cluster) SparkEnv(settings Settings) string {
	lines := append([]string{"SPARK_MASTER_HOST=m1", "JAVA_HOME=" + c.java}, settings...)
	return strings.Join(lines, "\n") + "\n"
}

// quiet kills what a test may have left running on the hosts.
func (c *Cluster) quiet() error {
	end := time.Now().Add(10 * time.Second)
	for {
		left := 0
		for _, h := range c.hosts {
			running, err := h.matching(leftover)
			if err != nil {
				return err
			}
			for _, p := range running {
				p.Signal(syscall.SIGKILL)
			}
			left += len(running)
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d processes outlive SIGKILL", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// leftover tells all that user spark runs from what belongs to the host itself.
func leftover(p Process) bool { return p.user() == Spark.ID }
