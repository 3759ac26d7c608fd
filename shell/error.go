package shell

import (
	"errors"
	"fmt"
)

// Class says what kind of thing went wrong; the words are those of the JSON field "class".
type Class string

// The classes. Down to ClassAuth no command ran on the host; ClassShell and ClassLost
// are about a command that did not run or did not finish; the rest is what a script found.
const (
	ClassDNS           Class = "dns"            // the name has no address
	ClassRefused       Class = "refused"        // the connection was refused
	ClassTimeout       Class = "timeout"        // no answer within a bound
	ClassClosed        Class = "closed"         // the connection was closed before login
	ClassHostKey       Class = "hostkey"        // the host key is not the known one
	ClassAuth          Class = "auth"           // the login was refused
	ClassShell         Class = "shell"          // the login shell did not run the script, or keeps its answer
	ClassLost          Class = "lost"           // the connection ended while the script ran
	ClassExit          Class = "exit"           // the command ended with a status other than 0
	ClassSparkHome     Class = "spark-home"     // no Spark where it was looked for
	ClassJava          Class = "java"           // no Java, or one that Spark does not run on
	ClassPort          Class = "port"           // a port is taken, or the real one is not the wanted one
	ClassDied          Class = "died"           // the daemon started and ended
	ClassNotRegistered Class = "not-registered" // the daemon runs, no master lists it
	ClassStillRunning  Class = "still-running"  // the daemon did not end in time
	ClassDisk          Class = "disk"           // no space left
	ClassPermission    Class = "permission"     // a file or process of somebody else
	ClassChecksum      Class = "checksum"       // what arrived is not what was sent
	ClassConfig        Class = "config"         // a setting that cannot work
	ClassCancelled     Class = "cancelled"      // the user interrupted
)

// Error is why a script was not run to its end on a machine.
type Error struct {
	Class Class
	Began bool   // the script had begun: what it was to do may or may not have happened
	Hint  string // what the user can type or look at, or ""
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error of the class, its text formatted as by [fmt.Errorf].
func Errorf(c Class, hint, format string, args ...any) *Error {
	return &Error{Class: c, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// AsError returns err as an Error. One that has no class yet gets class.
func AsError(err error, class Class) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Class: class, Err: err}
}
