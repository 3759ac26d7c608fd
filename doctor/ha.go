package doctor

import (
	"fmt"
	"strings"

	"sparkops/spark"
)

// masterOptions are the variables with the Java options of a master, in their order.
var masterOptions = []string{"SPARK_DAEMON_JAVA_OPTS", "SPARK_MASTER_OPTS"}

func ha() []Check {
	return append([]Check{{
		ID: "ha.recovery", Title: "several masters share a recovery state in ZooKeeper", needs: []spark.Role{spark.Master}, run: recovery,
		Cause:  "spark.deploy.recoveryMode is not ZOOKEEPER on a host with a master beside others.",
		Effect: "every master believes that it leads: workers and applications part between them",
		Cure:   "SPARK_DAEMON_JAVA_OPTS=\"-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=HOST:2181,...\" in spark-env.sh of every master; or one master in conf/masters.",
	}, {
		ID: "ha.same", Title: "all masters use the same ZooKeeper and directory", needs: []spark.Role{spark.Master}, run: sameRecovery,
		Cause:  "spark.deploy.zookeeper.url or spark.deploy.zookeeper.dir was changed on some masters only.",
		Effect: "masters that do not meet in ZooKeeper all lead",
		Cure:   "Give all masters the same spark-env.sh: sparkops push-env.",
	}}, recoveries()...)
}

func recovery(s *Snapshot) []Finding {
	if len(s.Masters) < 2 {
		return nil
	}
	var all []Finding
	for _, h := range s.withRole(spark.Master) {
		mode := setting(h.Facts, "spark.deploy.recoveryMode", masterOptions...)
		if strings.EqualFold(mode, "ZOOKEEPER") || strings.EqualFold(mode, "CUSTOM") {
			continue
		}
		if mode == "" {
			mode = "not set"
		}
		all = append(all, Finding{Level: Fail, Host: h.Host.Name, What: fmt.Sprintf("%d masters, and spark.deploy.recoveryMode is %s there", len(s.Masters), mode)})
	}
	return all
}

func sameRecovery(s *Snapshot) []Finding {
	if len(s.Masters) < 2 {
		return nil
	}
	var all []Finding
	for _, property := range []string{"spark.deploy.recoveryMode", "spark.deploy.zookeeper.url", "spark.deploy.zookeeper.dir"} {
		value := func(h *Host) string {
			if v := setting(h.Facts, property, masterOptions...); v != "" {
				return v
			}
			return "not set"
		}
		all = append(all, odd(s.withRole(spark.Master), value, func(_ *Host, own string, most vote) Finding {
			return Finding{Level: Fail, What: fmt.Sprintf("%s is %s; on %s it is %s", property, own, most.names(), most.value), Do: "sparkops push-env"}
		})...)
	}
	return all
}
