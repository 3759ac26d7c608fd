// Package keys is what makes a login without a password: a key pair ([Make], [Load]), its public
// half in the authorized_keys of many hosts ([Install], [Remove]), why a host does not take it all the
// same ([Explain], [Facts.Verdict]), and the Host blocks of ~/.ssh/config that name it ([AddHosts]).
//
// It makes plans and reads answers, and connects to nothing: that a key opens a host is
// proven by who has connections. A file that has content already is never written over:
// authorized_keys is appended to, everything else replaced as a whole. Begin reading at
// Install, then scripts/authorize.sh.
package keys
