// Package envfile reads conf/spark-env.sh for this machine: which variables does the file
// set, and to what?
//
// The file is bash, so only bash has the last word. A plain file (assignments that a strict
// reading of the syntax tree proves harmless, two files in three) is read by godotenv with
// the environment in front; every other file is sourced by bash the way Spark's
// bin/load-spark-env.sh does it (Spark 1.0 to 4.0). Never is a value guessed: godotenv alone
// is silently wrong on one real file in five.
//
// It leaves alone what a host other than this one would make of the file: there, the host's
// own bash reads it. It does not interpret the values, and ends no process that the file has
// left in the background.
//
// Begin reading at [Load]; the strict subset is in plain.go, bash in bash.go.
package envfile
