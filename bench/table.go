//go:build linux

package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// sample is one measurement: how long it took, and the processor time that went into
// what the table says, where that was taken.
type sample struct {
	took, cpu time.Duration
}

// contest is one thing measured on both sides.
type contest struct {
	what            string
	sparkops, stock []sample
	want            float64 // how many times faster sparkops has to be, 0: no bound
}

// table is the outcome of one part.
type table struct {
	title, stock string // what is measured, and what sparkops is compared with
	cpu          string // whose processor time the samples hold, "" if they hold none
	rows         []contest
	text         string // all of the table, where it is no contest of two
}

func (t table) print(w io.Writer) {
	if t.text != "" {
		fmt.Fprintf(w, "\n### %s\n\n%s", t.title, t.text)
		return
	}
	header, rule := "", ""
	if t.cpu != "" {
		header, rule = " "+t.cpu+" |", " --- |"
	}
	fmt.Fprintf(w, "\n### %s\n\n| | sparkops | %s | times faster | wanted |%s\n| --- | --- | --- | --- | --- |%s\n", t.title, t.stock, header, rule)
	for _, c := range t.rows {
		want := "more than 1"
		if c.want > 0 {
			want = fmt.Sprintf("%.0f", c.want)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %.2f | %s |", c.what, spread(c.sparkops), spread(c.stock),
			median(c.stock).Seconds()/median(c.sparkops).Seconds(), want)
		if t.cpu != "" {
			fmt.Fprintf(w, " %s / %s |", processor(c.sparkops), processor(c.stock))
		}
		fmt.Fprintln(w)
	}
}

// median is the middle sample's time, 0 if there is none.
func median(samples []sample) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	times := sorted(samples)
	return times[len(times)/2]
}

func sorted(samples []sample) []time.Duration {
	var times []time.Duration
	for _, s := range samples {
		times = append(times, s.took)
	}
	slices.Sort(times)
	return times
}

// spread is median, least and most of the samples, in seconds.
func spread(samples []sample) string {
	if len(samples) == 0 {
		return "-"
	}
	times := sorted(samples)
	return fmt.Sprintf("%.2f s (%.2f - %.2f)", median(samples).Seconds(), times[0].Seconds(), times[len(times)-1].Seconds())
}

// processor is the mean processor time of samples, and its share of all cores in their time.
func processor(samples []sample) string {
	var cpu, took time.Duration
	for _, s := range samples {
		cpu, took = cpu+s.cpu, took+s.took
	}
	if cpu == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f s, %.0f %%", cpu.Seconds()/float64(len(samples)), 100*cpu.Seconds()/(took.Seconds()*float64(runtime.NumCPU())))
}
