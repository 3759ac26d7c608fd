package doctor

import "strings"

// renamed are names of variables and properties that daemons of a standalone cluster and their
// jobs had, the release that gave them another, and that one. SPARK_MASTER_IP is in package lint.
var renamed = map[string]struct {
	since int
	now   string
}{
	"SPARK_SLAVES":       {301, "SPARK_WORKERS"},
	"SPARK_SLAVE_SLEEP":  {301, "SPARK_WORKER_SLEEP"},
	"SPARK_JAVA_OPTS":    {100, "SPARK_DAEMON_JAVA_OPTS for daemons, spark.driver.extraJavaOptions and spark.executor.extraJavaOptions for jobs"},
	"SPARK_MEM":          {100, "SPARK_DAEMON_MEMORY for daemons, spark.driver.memory and spark.executor.memory for jobs"},
	"SPARK_CLASSPATH":    {100, "spark.driver.extraClassPath and spark.executor.extraClassPath"},
	"SPARK_LIBRARY_PATH": {100, "spark.driver.extraLibraryPath and spark.executor.extraLibraryPath"},

	"spark.files.userClassPathFirst":              {103, "spark.executor.userClassPathFirst"},
	"spark.history.fs.update.interval.seconds":    {104, "spark.history.fs.update.interval"},
	"spark.history.fs.updateInterval":             {103, "spark.history.fs.update.interval"},
	"spark.history.updateInterval":                {103, "spark.history.fs.update.interval"},
	"spark.history.fs.cleaner.interval.seconds":   {104, "spark.history.fs.cleaner.interval"},
	"spark.history.fs.cleaner.maxAge.seconds":     {104, "spark.history.fs.cleaner.maxAge"},
	"spark.reducer.maxMbInFlight":                 {104, "spark.reducer.maxSizeInFlight"},
	"spark.kryoserializer.buffer.mb":              {104, "spark.kryoserializer.buffer"},
	"spark.kryoserializer.buffer.max.mb":          {104, "spark.kryoserializer.buffer.max"},
	"spark.shuffle.file.buffer.kb":                {104, "spark.shuffle.file.buffer"},
	"spark.executor.logs.rolling.size.maxBytes":   {104, "spark.executor.logs.rolling.maxSize"},
	"spark.io.compression.snappy.block.size":      {104, "spark.io.compression.snappy.blockSize"},
	"spark.io.compression.lz4.block.size":         {104, "spark.io.compression.lz4.blockSize"},
	"spark.akka.num.retries":                      {104, "spark.rpc.numRetries"},
	"spark.akka.retry.wait":                       {104, "spark.rpc.retry.wait"},
	"spark.akka.askTimeout":                       {104, "spark.rpc.askTimeout"},
	"spark.akka.lookupTimeout":                    {104, "spark.rpc.lookupTimeout"},
	"spark.akka.frameSize":                        {106, "spark.rpc.message.maxSize"},
	"spark.streaming.minRememberDuration":         {105, "spark.streaming.fileStream.minRememberDuration"},
	"spark.unsafe.offHeap":                        {106, "spark.memory.offHeap.enabled"},
	"spark.storage.memoryFraction":                {106, "spark.memory.fraction, with another meaning"},
	"spark.shuffle.memoryFraction":                {106, "spark.memory.fraction, with another meaning"},
	"spark.storage.unrollFraction":                {106, "spark.memory.fraction, with another meaning"},
	"spark.scheduler.executorTaskBlacklistTime":   {201, "spark.excludeOnFailure.timeout"},
	"spark.reducer.maxReqSizeShuffleToMem":        {203, "spark.network.maxRemoteBlockSizeFetchToMem"},
	"spark.scheduler.listenerbus.eventqueue.size": {203, "spark.scheduler.listenerbus.eventqueue.capacity"},
	"spark.shuffle.service.index.cache.entries":   {203, "spark.shuffle.service.index.cache.size"},
	"spark.yarn.keytab":                           {300, "spark.kerberos.keytab"},
	"spark.yarn.principal":                        {300, "spark.kerberos.principal"},
	"spark.yarn.access.hadoopFileSystems":         {300, "spark.kerberos.access.hadoopFileSystems"},
}

// today is the name that a setting has from a release on, "" if it has kept its own.
func today(name string) (now string, since int) {
	if r, ok := renamed[name]; ok {
		return r.now, r.since
	}
	if rest, ok := strings.CutPrefix(name, "spark.blacklist."); ok {
		return "spark.excludeOnFailure." + rest, 301
	}
	return "", 0
}
