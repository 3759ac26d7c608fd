//go:build linux

package e2e

import "testing"

// Faults of a cluster that runs are found there, and when they are gone nothing is.
func TestDoctorFindsRunningFaults(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.sparkops(0, "start-all")
		b.wantFound(b.sparkops(0, "doctor"))
		for i, faults := range runningFaults {
			var round []placed
			for _, f := range faults {
				round = append(round, placed{f, b.Host(f.on)})
			}
			b.findRound(round)
			if i < len(runningFaults)-1 {
				b.wantFound(b.sparkops(0, "doctor"))
			}
		}
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
		b.wantFound(b.sparkops(0, "doctor"))
	})
}

const (
	masters1  = "/tmp/spark-spark-org.apache.spark.deploy.master.Master-1.pid"
	masterLog = "/opt/spark/logs/spark-spark-org.apache.spark.deploy.master.Master-1-$(hostname).out"
	hourOld   = "touch -d '1 hour ago' " + conf + "spark-env.sh"
	// until waits for a text in the log of what was started, and says what stands there otherwise.
	until = "wait_for() { for _ in $(seq 300); do grep -qs \"$1\" \"$2\" && return; sleep 0.1; done; cat \"$2\"; exit 1; }; "
)

// runningFaults are rounds of them: what is planted in one stands at the same moment.
var runningFaults = [][]fault{{
	{name: "worker that knows one master of two", on: "launcher", plant: twoMasters, heal: oneMaster, words: "worker 1 was told of m1:7077, and there are 2 masters",
		found: []string{"w2 ha.workers warn", "w1 ha.workers warn", "w3 ha.workers warn", "m1 ha.recovery fail", "w1 ha.recovery fail"}},
}, {
	{name: "file newer than the daemon", on: "w1", plant: "touch -d '+10 seconds' " + conf + "spark-env.sh", heal: hourOld, found: []string{"environment.in-force warn"}, words: "spark-env.sh was changed after worker 1 was started"},
	{name: "no pid file", on: "w2", plant: "rm " + workers1, set: startedAgain, found: []string{"daemons.no-pid-file warn"}, words: "worker 1 runs as [0-9]+, and " + workers1 + " does not say so"},
	{name: "fewer workers than wanted", on: "w3", env: "SPARK_WORKER_INSTANCES=2", plant: hourOld, heal: hourOld, found: []string{"daemons.instances warn", "environment.same warn"}, words: "1 worker runs, and SPARK_WORKER_INSTANCES wants 2"},
	{name: "no way to a worker that runs", on: "w1", found: []string{"names.workers warn"}, words: "m1 dialled 10.231.7.2:[0-9]+, worker 1: no answer", heal: "ip rule del to 10.231.7.1 blackhole",
		plant: "ip rule add ipproto tcp sport $(sed -n 's/.*Starting Spark worker [0-9.]*:\\([0-9]*\\) .*/\\1/p' " + workersLog + ") to 10.231.7.1 blackhole"},
	{name: "heap used up", on: "m1", plant: "echo 'java.lang.OutOfMemoryError: Java heap space' >>" + masterLog, found: []string{"daemons.log warn"}, words: "the log of master 1 ends with it",
		heal: "sed '/OutOfMemoryError/d' " + masterLog + " >/tmp/log; cat /tmp/log >" + masterLog + "; rm /tmp/log"},
}, {
	{name: "root's worker in this cluster", on: "w1", found: []string{"daemons.strangers fail"}, words: "a worker of root runs as [0-9]+.*, for the master at m1:7077",
		plant: until + "setsid /opt/spark/bin/spark-class " + WorkerClass + " --webui-port 8091 spark://m1:7077 >/run/stranger.log 2>&1 </dev/null & echo $! >/run/stranger; wait_for 'Successfully registered' /run/stranger.log",
		heal:  "kill -9 $(cat /run/stranger); rm /run/stranger*"},
	{name: "killed worker", on: "w2", plant: killWorker, set: startedAgain, found: []string{"daemons.stale-pid-file warn", "daemons.instances warn", "m1 daemons.dead warn"}, words: "which is gone", fixed: []string{"daemons.stale-pid-file changed"}},
	{name: "another cluster's worker", on: "w3", found: []string{"daemons.strangers warn"}, words: "a worker of spark runs as [0-9]+, from /srv/other, for the master at m9:7077",
		plant: until + "mkdir /srv/other; mount --bind /opt/spark /srv/other; setsid setpriv --reuid 1500 --regid 1500 --clear-groups env HOME=/home/spark SPARK_HOME=/srv/other SPARK_WORKER_DIR=/tmp/other " +
			"/srv/other/bin/spark-class " + WorkerClass + " --webui-port 8091 spark://m9:7077 >/run/stranger.log 2>&1 </dev/null & echo $! >/run/stranger; wait_for 'Starting Spark worker' /run/stranger.log",
		heal: "p=$(cat /run/stranger); kill -9 $p; while kill -0 $p 2>/dev/null; do sleep 0.05; done; umount /srv/other; rmdir /srv/other; rm /run/stranger*"},
}, {
	{name: "master that hangs", on: "m1", plant: "kill -STOP $(cat " + masters1 + ")", heal: "kill -CONT $(cat " + masters1 + ")", found: []string{"daemons.masters fail"}, words: "the master runs as [0-9]+ and does not answer: "},
}, {
	{name: "second master", on: "w3", set: secondMaster, found: []string{"daemons.masters fail", "(cluster) daemons.masters fail"}, words: "a master runs here, and this host is none of the masters: w3:7077"},
	{name: "worker of another master", on: "w2", plant: killWorker, set: workerFor("", "w3", startedAgain), found: []string{"daemons.registered fail", "m1 daemons.dead warn"},
		words: "worker 1 was started for the master at w3:7077; this cluster's is at m1:7077"},
}, {
	{name: "worker that calls itself localhost", on: "w2", plant: killWorker, set: workerFor("SPARK_LOCAL_IP=127.0.0.1", "m1", nil), found: []string{"names.advertised fail", "m1 daemons.dead warn"},
		words: "worker 1 tells the others to call it at 127.0.0.1:"},
	{name: "port that was taken", on: "w3", env: "SPARK_WORKER_PORT=4000", plant: killWorker + "; " + listenAt("4000"), heal: noListener, set: workerFor("", "m1", nil),
		found: []string{"daemons.port warn", "names.ports fail", "environment.same warn"}, words: "the port of worker 1 was taken, and it runs at 4001"},
}}

const killWorker = "p=$(cat " + workers1 + "); kill -9 $p; while kill -0 $p 2>/dev/null; do sleep 0.05; done"

// startedAgain has the worker of a host run again afterwards, as start-workers has it.
func startedAgain(b *bed, h *Host) func() {
	return func() { b.sparkops(0, "start-workers", "-w", h.Name) }
}

// workerFor starts worker 1 of a host by Spark's own script, for the master of another. Without
// anything to be done afterwards it stays.
func workerFor(env, master string, afterwards func(*bed, *Host) func()) func(*bed, *Host) func() {
	return func(b *bed, h *Host) func() {
		b.on(h, Spark, until+"rm -f "+workers1+"; "+env+" /opt/spark/sbin/spark-daemon.sh start "+WorkerClass+" 1 --webui-port 8081 spark://"+master+":7077; wait_for 'Successfully registered' "+workersLog)
		return func() {
			if afterwards != nil {
				b.on(h, Root, killWorker+"; rm "+workers1)
				afterwards(b, h)()
			}
		}
	}
}

func secondMaster(b *bed, h *Host) func() {
	b.on(h, Spark, until+"/opt/spark/sbin/spark-daemon.sh start "+MasterClass+" 1 --host "+h.Name+" --port 7077 --webui-port 8080; wait_for 'New state: ALIVE' "+masterLog)
	return func() {
		b.on(h, Root, "p=$(cat "+masters1+"); kill -9 $p; while kill -0 $p 2>/dev/null; do sleep 0.05; done; rm "+masters1+" "+masterLog)
	}
}
