package config

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Options say which files are read, and for whom.
type Options struct {
	File       string // as ssh -F: this file alone; "none" for no file; "" for the two below
	UserFile   string // ~/.ssh/config; a missing one is empty
	SystemFile string // /etc/ssh/ssh_config; a missing one is empty

	Home      string // of the user: what ~ and %d are
	User      string // who logs in where nothing else is said; %u
	UID       int    // %i
	LocalHost string // this machine's name; %l and %L
	Env       func(name string) (value string, ok bool)

	Extra []Setting // of the command line: before all files

	FileBound time.Duration // how long a file may take to be read; 10 s if 0

	SSH string // OpenSSH's client, asked with -G for what is not known here; "" for none

	// Canonical asks the name service for the canonical name of a host, for
	// CanonicalizeHostname; what is asked for ends in a dot. nil is the system's.
	Canonical func(ctx context.Context, name string) (string, error)
	// Addresses are those of this machine, for Match localnetwork; nil is the system's.
	Addresses func() ([]netip.Addr, error)
}

// Setting is one line of configuration that stands in no file.
type Setting struct{ Keyword, Value string }

// Strict is StrictHostKeyChecking.
type Strict int

// The policies on host keys. AcceptNew is the default here, where OpenSSH asks: a key that
// has changed is refused, one that was never seen is remembered.
const (
	AcceptNew Strict = iota
	Yes
	Ask
	No
)

// Host is how to reach one host. Paths and tokens are expanded; durations and numbers are 0
// where nothing is set, unless it says otherwise.
type Host struct {
	Name     string // as it was asked for, without user@
	HostName string // the name or address to connect to, in lower case
	User     string
	Port     int

	Identities     []string // key files, in order; OpenSSH's defaults where none is configured
	IdentitiesSet  bool     // they are configured
	IdentitiesOnly bool     // no other keys of the agent
	Certificates   []string // CertificateFile; the KEY-cert.pub beside a key is not among them
	Agent          string   // socket of the agent, "" for none
	NoAgent        bool     // IdentityAgent none: no agent is wanted
	Batch          bool     // nobody is there to ask
	NoPubkey       bool     // PubkeyAuthentication no
	NoPassword     bool     // PasswordAuthentication no
	NoKbdInter     bool     // KbdInteractiveAuthentication no
	GSSAPI         bool     // GSSAPIAuthentication yes, and a method that is preferred
	PreferredAuth  []string // PreferredAuthentications; nil is OpenSSH's order
	Prompts        int      // NumberOfPasswordPrompts; 3 where nothing is set

	Strict             Strict
	HostKeyAlias       string
	KnownHosts         []string // the user's, the first is the one that is added to
	GlobalKnownHosts   []string
	HashKnownHosts     bool
	MinRSA             int    // RequiredRSASize, in bits, of keys of hosts and users; 0 is ssh's own 1024
	RevokedHostKeys    string // a file, "" for none
	NoHostAuthForLocal bool   // NoHostAuthenticationForLocalhost

	Jump         []string // bastions, the first one first
	ProxyCommand string   // for $SHELL -c, with its tokens expanded; "" for none
	ControlPath  string   // socket of a live master of the user's, "" for none

	AddressFamily  string // any, inet, inet6; "" is any
	BindAddress    string
	BindInterface  string
	ConnectTimeout time.Duration
	Attempts       int // ConnectionAttempts
	AliveInterval  time.Duration
	AliveMax       int

	// Lists as they are written, with a + - or ^ in front; "" is the default.
	Ciphers, MACs, KexAlgorithms, HostKeyAlgorithms, PubkeyAlgorithms, CASignatureAlgorithms string

	SendEnv []string // patterns of variables to send, those with a - in front applied
	SetEnv  []string // NAME=value

	// NeedSSH are the keywords that apply, in lower case, and that only OpenSSH itself can
	// honour: GSSAPI, PKCS#11 and the like. The host is to be reached through an ssh -M.
	NeedSSH []string
	// Command is the beginning of an OpenSSH command line that reaches the host in the same
	// way: -F and -o as they were given here, and the destination last.
	Command []string

	From map[string]string // keyword in lower case -> file:line that it came from
}

// Error says which line of which file cannot be honoured, and why.
type Error struct {
	File    string
	Line    int // 0 if it is about no line
	Keyword string
	Hint    string // what the user can type
	Unasked bool   // OpenSSH may know more, and is not there to be asked: other hosts are not affected
	Err     error
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Keyword == "" {
		return fmt.Sprintf("reading %s: %v", at, e.Err)
	}
	return fmt.Sprintf("reading %s: %s: %v", at, e.Keyword, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Files are the configuration, read. They are safe for concurrent use.
type Files struct {
	Options
	Names    []string // of those that were read
	Warnings []string // what is odd about the files, and ssh may refuse

	extra     []line // of the command line
	stretches []stretch
	blocks    int
	final     bool // a Match final stands somewhere: everything is read twice
	strict    bool // and a StrictHostKeyChecking

	commands memo[bool]    // of Match exec
	names    memo[string]  // of CanonicalizeHostname
	answers  memo[printed] // of ssh -G
}

// Load reads the files. All errors are an [*Error]; a file that is named by File must be
// there.
func Load(o Options) (*Files, error) {
	r := &reader{Files: &Files{Options: o}}
	for _, s := range o.Extra {
		if err := r.option(s); err != nil {
			return nil, err
		}
	}
	files := []source{{o.UserFile, true}, {o.SystemFile, false}}
	switch o.File {
	case "":
	case "none":
		files = nil
	default:
		files = []source{{o.File, true}}
	}
	for _, f := range files {
		if err := r.file(f, nil, 0); err != nil {
			return nil, err
		}
	}
	return r.Files, nil
}
