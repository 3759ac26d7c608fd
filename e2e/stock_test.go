//go:build linux

package e2e

import "testing"

// The hosts themselves: Spark's own procedure works on them, so what fails with
// sparkops does not fail because of them.
func TestStockProcedure(t *testing.T) {
	onFirst(t, func(b *bed) {
		stock := Stock{Cluster: b.Cluster, Instances: 1}
		b.must(stock.Start(b.ctx))
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		b.wantIdleLauncher()
		b.must(stock.Stop(b.ctx))
		b.wantNothingLeft()
	})
}
