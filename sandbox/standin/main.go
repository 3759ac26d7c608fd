package standin

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// The main classes that a stand-in plays, as Spark names them.
const (
	MasterClass = "org.apache.spark.deploy.master.Master"
	WorkerClass = "org.apache.spark.deploy.worker.Worker"
)

// Version is the Spark version that stand-ins give as theirs.
const Version = "3.5.8-standin"

// Is reports whether a program with this command line is to be a stand-in: its name is java.
func Is(args []string) bool {
	return len(args) > 0 && filepath.Base(args[0]) == "java"
}

// Main is the whole life of a stand-in, from the command line of a JVM and the environment
// to the exit code.
func Main(args, env []string, stdout, stderr io.Writer) int {
	class, rest := mainClass(args[1:])
	d := &daemon{env: environ(env), log: &logger{w: stderr}, exit: make(chan int, 1)}
	switch class {
	case "-version":
		fmt.Fprint(stderr, JavaVersion)
		return 0
	case "--version":
		fmt.Fprint(stdout, JavaVersion)
		return 0
	case MasterClass:
		return d.run("Master", args, func() error { return startMaster(d, rest) })
	case WorkerClass:
		return d.run("Worker", args, func() error { return startWorker(d, rest) })
	}
	fmt.Fprintf(stderr, "Error: Could not find or load main class %s\nThis java is sparkops' stand-in: it plays %s and %s only.\n",
		class, MasterClass, WorkerClass)
	return 1
}

// JavaVersion is the answer to -version.
const JavaVersion = `openjdk version "17.0.0" (stand-in)
This is no Java but the stand-in of sparkops sandbox: it plays Spark's master and worker.
`

// mainClass reads past a JVM's own options.
func mainClass(args []string) (class string, rest []string) {
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case word == "-cp" || word == "-classpath":
			i++
		case word == "-version" || word == "--version" || !strings.HasPrefix(word, "-"):
			return word, args[i+1:]
		}
	}
	return "", nil
}
