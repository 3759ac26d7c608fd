package ssh_test

import "testing"

// What takes its time waits side by side: servers that misbehave, each with its bound, and
// the contract of a runner over other ways than a connection of our own. When all is over,
// no goroutine is left.
func TestTogether(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"hostile servers": hostileServers, "mute servers": muteServers, "hostile sessions": hostileSessions,
			"window never opened": windowNeverOpened, "session never given back": sessionNeverGivenBack, "keepalive": keepalive,
			"runner over OpenSSH": runnerOverOpenSSH, "runner through a ProxyCommand": runnerThroughProxyCommand,
			"network behind a master goes": networkBehindAMasterGoes, "spare and MaxSessions": spareAndMaxSessions, "spare of no use": spareOfNoUse,
			"few sessions": fewSessions, "time to answer": timeToAnswer, "person takes time": personTakesTime, "asked while one hangs": askedWhileOneHangs,
			"hung agent": hungAgent, "locked known hosts": lockedKnownHosts, "round trips": roundTrips,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t)
			})
		}
	})
}
