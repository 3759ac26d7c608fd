// Package spark knows what Spark standalone is: roles and their classes, ports and URLs,
// what each verb does in which order (the plans), what runs on a host (scripts/*.sh), and
// how the answers are read. It reaches no host itself: a plan is carried out by package
// fleet, and the masters' /json/ is read through a connection that is handed in.
//
// Only the truth is success here: a worker is started when a master lists it as ALIVE, a
// daemon is stopped when its process is gone. The facts about Spark's own scripts hold for
// Spark 2.4 to 4.x. Begin reading at [Start.Plan], then [Outcome].
package spark
