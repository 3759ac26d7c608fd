package spark

import (
	"os/user"
	"runtime"
)

// What is there is told with its mode and its owner.
func pushModeAndOwner(b *pushBed) {
	me, err := user.Current()
	if err != nil {
		b.Fatal(err)
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		b.Fatal(err)
	}
	if o := b.compare().Files[0]; o.Mode != "0640" || o.Owner != me.Username+":"+group.Name || o.ChangedAt == 0 {
		b.Errorf("%+v", o)
	}
}

// What a host is like is told where a file differs, and nowhere else.
func pushFacts(b *pushBed) {
	b.push.Facts, b.push.Paths = true, map[string][]string{"w1": {b.home + "/bin/spark-class", b.home + "/no such/bin/java", "/*"}}
	a := b.compare()
	if a.Facts.Cores < 1 || a.Facts.Cores > 2*runtime.NumCPU()+64 || a.Facts.Memory < 64<<20 {
		b.Errorf("%+v", a.Facts)
	}
	for path, want := range map[string]bool{b.home + "/bin/spark-class": true, b.home + "/no such/bin/java": false, "/*": false} {
		if there, told := a.Facts.Paths[path]; !told || there != want {
			b.Errorf("%s: %v, told %v", path, there, told)
		}
	}
	if len(a.Facts.Paths) != 3 || !a.Files[0].OK() {
		b.Errorf("%+v", a)
	}
	b.want("A=1\n")
	b.push.Facts = true
	if a := b.compare(); a.Facts.Cores != 0 || a.Facts.Memory != 0 || a.Files[0].Mode != "0640" {
		b.Errorf("of an unchanged file: %+v", a)
	}
}
