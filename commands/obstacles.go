package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"

	"sparkops/envfile"
	"sparkops/inventory"
)

// obstacles are what is wrong with this machine's own files and stops every verb, but for those
// that may be there to push what is wrong, or that need nothing of it: they look at them when
// they know more.
type obstacles struct {
	past   bool // read past them
	unread bool // spark-env.sh was not read
	met    []obstacle
}

type obstacle struct {
	err     error
	instead string // what is not known if it is read past; "" if all is that matters
}

// stop returns what is wrong, or notes it.
func (o *obstacles) stop(instead string, err error) error {
	if !o.past {
		return err
	}
	o.met = append(o.met, obstacle{err, instead})
	return nil
}

// readEnvPast is readEnv; that it cannot be read is an obstacle, carriage returns the least.
func (t *site) readEnvPast(ctx context.Context, env []string) (*envfile.Env, error) {
	read, err := t.readEnv(ctx, env, false)
	switch {
	case err == nil || ctx.Err() != nil:
		return read, err
	case errors.Is(err, envfile.ErrCR):
		if err := t.stop("", err); err != nil {
			return nil, err
		}
		return t.readEnv(ctx, env, true)
	}
	t.unread = true
	return &envfile.Env{Vars: map[string]string{}}, t.stop("nothing that it sets is known", err)
}

// loadPast is load; a name of the master that is none is an obstacle. Who the masters are is
// known then if conf/masters says it.
func (t *site) loadPast() (*inventory.Cluster, error) {
	all, err := t.load()
	if err == nil && t.unread && all.MastersFile == "" {
		all.Masters = nil
		return all, t.stop("the masters are not known, and get nothing", fmt.Errorf("reading %s", t.envFile()))
	}
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
	instead := ""
	if all.MastersFile == "" {
		all.Masters, instead = nil, "the masters are not known, and get nothing"
	}
	return all, t.stop(instead, configMistake(err))
}

// pass refuses what is in the way, or says that it is read past: if that is forced, or if the
// file is of no account and all that matters is known all the same.
func (j *job) pass(force, ofNoAccount bool) error {
	for _, o := range j.site.met {
		if !force && (!ofNoAccount || o.instead != "") {
			return o.err
		}
		if j.quiet {
			continue
		}
		how := "read past"
		if force {
			how = cmp.Or(o.instead, "read past, as it is forced")
		}
		fmt.Fprintf(j.world.Stderr, "warning: %v: %s\n", o.err, how)
	}
	return nil
}
