package report

// Stage is one stage of a dry run.
type Stage struct {
	Name  string `json:"name"`
	Tasks []Task `json:"tasks"`
}

// Task is one script that a dry run would send to one host.
type Task struct {
	Host   string `json:"host"`
	Role   string `json:"role,omitempty"`
	Script string `json:"script"`
	Text   string `json:"text"` // as one could type it into sh
}

// Plan writes the stages of a dry run as JSON.
func (p *Printer) Plan(command string, stages []Stage) error {
	return encode(p.Out, struct {
		Schema  int     `json:"schema"`
		Command string  `json:"command"`
		DryRun  bool    `json:"dry_run"`
		Stages  []Stage `json:"stages"`
	}{1, command, true, stages})
}
