package config

// Pattern is a word of a Host line.
type Pattern struct {
	Text string
	At   string // file:line
}

// Patterns are the words of all Host lines, in the order of reading. Those of files that a
// Match or a Host includes are among them.
func (f *Files) Patterns() []Pattern {
	var all []Pattern
	for _, s := range f.stretches {
		if !s.opens || s.block.head.keyword != "host" {
			continue
		}
		for _, word := range s.block.head.args {
			all = append(all, Pattern{Text: word, At: s.block.head.at()})
		}
	}
	return all
}
