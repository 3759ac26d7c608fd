package facts

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"

	"sparkops/shell"
)

// MaxFile is how much of a file is brought back, in bytes.
const MaxFile = 256 << 10

// File is one of the conf directory. Those that are not there are not listed.
type File struct {
	Name, Path, Real string
	State            string // "read", "unreadable", "dangling", "no file"
	Text             []byte // its first MaxFile bytes
}

// Digest is the SHA-256 of what was read.
func (f File) Digest() string {
	sum := sha256.Sum256(f.Text)
	return hex.EncodeToString(sum[:])
}

// File is the file of that name, if it was read.
func (h *Host) File(name string) (File, bool) {
	for _, f := range h.Files {
		if f.Name == name && f.State == "read" {
			return f, true
		}
	}
	return File{}, false
}

var files = map[string]reader{
	"file": func(h *Host, r shell.Record) {
		f := File{Name: r["name"], Path: r["path"], Real: r["real"], State: r["state"]}
		var err error
		if r["as"] == "text" {
			h.Files = append(h.Files, f)
			return
		}
		if f.Text, err = base64.StdEncoding.DecodeString(r["content"]); err != nil {
			f.State, f.Text = "unreadable", nil
			h.Unseen = append(h.Unseen, Unseen{f.Path, "it arrived as no base64"})
		}
		h.Files = append(h.Files, f)
	},
	"text":   nil, // the content of a file; see texts
	"syntax": func(h *Host, r shell.Record) { h.Syntax = r["said"] },
}

// texts puts what has come as text into its file. Bytes are lacking where a file ends in NUL
// bytes, or was written to meanwhile: that is told, and not taken for the file.
func (h *Host) texts(records []shell.Record) {
	for _, r := range records {
		i := slices.IndexFunc(h.Files, func(f File) bool { return f.Name == r["name"] && f.State == "read" && f.Text == nil })
		if r["kind"] != "text" || i < 0 {
			continue
		}
		f := &h.Files[i]
		f.Text = []byte(r["content"])
		if at := slices.IndexFunc(h.Paths, func(p Path) bool { return p.Path == f.Path }); at >= 0 && h.Paths[at].Size != int64(len(f.Text)) {
			f.State, f.Text = "unreadable", nil
			h.Unseen = append(h.Unseen, Unseen{f.Path, "it ends in NUL bytes, or was written to meanwhile"})
		}
	}
}
