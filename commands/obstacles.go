package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"sparkops/envfile"
	"sparkops/inventory"
)

// obstacles are what is wrong with this machine's own files and stops every verb, but for the
// one that may be there to push what is wrong: that one looks at them when it knows more.
type obstacles struct {
	past bool // read past them
	met  []obstacle
}

type obstacle struct {
	err     error
	instead string // what is done if it is read past
}

const forced = "read past, as it is forced"

// stop returns what is wrong, or notes it.
func (o *obstacles) stop(instead string, err error) error {
	if !o.past {
		return err
	}
	o.met = append(o.met, obstacle{err, instead})
	return nil
}

// readEnvPast is readEnv; carriage returns are an obstacle.
func (t *site) readEnvPast(ctx context.Context, env []string) (*envfile.Env, error) {
	read, err := t.readEnv(ctx, env, false)
	if !errors.Is(err, envfile.ErrCR) {
		return read, err
	}
	if err := t.stop(forced, err); err != nil {
		return nil, err
	}
	return t.readEnv(ctx, env, true)
}

// loadPast is load; a name of the master that is none is an obstacle. Who the masters are is
// known then if conf/masters says it.
func (t *site) loadPast() (*inventory.Cluster, error) {
	all, err := t.load()
	if err == nil || !t.past {
		return all, err
	}
	without := *t
	env := *t.env
	env.Vars = maps.Clone(t.env.Vars)
	env.Vars["SPARK_MASTER_HOST"], env.Vars["SPARK_MASTER_IP"] = "", ""
	without.env = &env
	all, err2 := without.load()
	if err2 != nil {
		return nil, err
	}
	instead := forced
	if all.MastersFile == "" {
		all.Masters, instead = nil, "the masters are not known, and get nothing"
	}
	return all, t.stop(instead, configMistake(err))
}

// pass refuses what is in the way, or says that it is read past.
func (j *job) pass(force bool) error {
	for _, o := range j.site.met {
		if !force {
			return o.err
		}
		if !j.quiet {
			fmt.Fprintf(j.world.Stderr, "warning: %v: %s\n", o.err, o.instead)
		}
	}
	return nil
}
