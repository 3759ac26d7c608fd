package commands

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"sparkops/shell"
)

// capture keeps what a command writes: the first MiB in memory, and when there is more, all
// of it in a file that outlives sparkops and is named in the answer.
type capture struct {
	mu   sync.Mutex
	head []byte
	file *os.File
	err  error // why the file is not whole
}

// Write never fails: a full disk costs the file, not the command.
func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil && c.err == nil && len(c.head)+len(p) > shell.MaxKept {
		c.file, c.err = os.CreateTemp("", "sparkops-output-")
		if c.err == nil {
			_, c.err = c.file.Write(c.head)
		}
	}
	if c.file != nil && c.err == nil {
		_, c.err = c.file.Write(p)
	}
	c.head = append(c.head, p[:min(len(p), shell.MaxKept-len(c.head))]...)
	return len(p), nil
}

// trouble is why the file does not hold all of what was written, nil if it does.
func (c *capture) trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// show writes all of it with a label before each line, and needs the file no more. To be
// called when the command has ended.
func (c *capture) show(w io.Writer, label string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil || c.err != nil {
		prefix(w, label, bytes.NewReader(c.head))
		return c.err
	}
	defer os.Remove(c.file.Name())
	defer c.file.Close()
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return prefix(w, label, c.file)
}

// json is the stream as JSON has it: text; base64 where it is not UTF-8; past 1 MiB the file
// that holds it all. To be called when the command has ended.
func (c *capture) json() (text *string, raw []byte, file string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.file != nil && c.err == nil:
		c.file.Close() // twice does no harm; each Write has been checked
		return nil, nil, c.file.Name()
	case !utf8.Valid(c.head):
		return nil, bytes.Clone(c.head), ""
	}
	s := string(c.head)
	return &s, nil, ""
}

// prefix writes text line by line behind a label; the last line gets its newline.
func prefix(w io.Writer, label string, text io.Reader) error {
	in, out := bufio.NewReader(text), bufio.NewWriter(w)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			out.WriteString(label)
			out.Write(line)
		}
		for err == bufio.ErrBufferFull { // one long line is one line
			line, err = in.ReadSlice('\n')
			out.Write(line)
		}
		if len(line) > 0 && line[len(line)-1] != '\n' {
			out.WriteByte('\n')
		}
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return errors.Join(err, out.Flush())
		}
	}
}
