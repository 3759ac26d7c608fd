package shell

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const testNonce = "sparkops-ABCDEFGHIJ"

// framed is what a frame makes of a stream that comes in the chunks that next cuts off.
func framed(stream []byte, next func(rest int) int) (f *Frame, sunk []byte, ends int) {
	var sink bytes.Buffer
	f = &Frame{nonce: testNonce, sink: &sink, ended: func() { ends++ }}
	for len(stream) > 0 {
		n := next(len(stream))
		chunk := bytes.Clone(stream[:n])
		f.Write(chunk)
		clear(chunk) // a writer keeps nothing of what it was given
		stream = stream[n:]
	}
	return f, sink.Bytes(), ends
}

func whole(rest int) int { return rest }

func TestFrame(t *testing.T) {
	const begin, end = testNonce + ":begin\n", testNonce + ":end:"
	for _, c := range []struct {
		name, stream, sunk, noise string
		begun, ended              bool
		code                      int
	}{
		{"nothing", "", "", "", false, false, 0},
		{"all", "noise\n" + begin + "out\n" + end + "7\n", "out\n", "noise\n", true, true, 7},
		{"bare", begin + end + "0\n", "", "", true, true, 0},
		{"noise without a newline", "Welcome! " + begin + "x" + end + "255\n", "x", "Welcome! ", true, true, 255},
		{"output without a newline", begin + "x" + end + "1\n", "x", "", true, true, 1},
		{"after the end", begin + "x" + end + "1\nrest" + end + "2\n" + begin, "x", "", true, true, 1},
		{"no begin", "out\n" + end + "7\n", "", "out\n" + end + "7\n", false, false, 0},
		{"cut in the begin mark", testNonce + ":beg", "", testNonce + ":beg", false, false, 0},
		{"cut in the output", begin + "out", "out", "", true, false, 0},
		{"cut in the end mark", begin + "out" + testNonce + ":en", "out", "", true, false, 0},
		{"cut in the status", begin + "out" + end + "12", "out", "", true, false, 0},
		{"the beginning of a mark in the output", begin + testNonce + ":e" + testNonce + end + "0\n", testNonce + ":e" + testNonce, "", true, true, 0},
		{"a status that is none", begin + end + "no\n" + end + "\n" + end + "256\n" + end + "1234\n" + end + "7\n", end + "no\n" + end + "\n" + end + "256\n" + end + "1234\n", "", true, true, 7},
		{"the end mark as a script echoes it", begin + "+ printf '" + end + "0'\n" + end + "7\n", "+ printf '" + end + "0'\n", "", true, true, 7},
		{"the begin mark as a script echoes it", "+ printf '" + testNonce + ":begin'\n" + begin + end + "0\n", "", "+ printf '" + testNonce + ":begin'\n", true, true, 0},
	} {
		for _, how := range []struct {
			name string
			next func(int) int
		}{{"whole", whole}, {"bytes", func(int) int { return 1 }}, {"halves", func(rest int) int { return (rest + 1) / 2 }}} {
			f, sunk, ends := framed([]byte(c.stream), how.next)
			code, ended := f.Code()
			if string(sunk) != c.sunk || string(f.Noise()) != c.noise || f.Begun() != c.begun || ended != c.ended || f.Ended() != ended || code != c.code {
				t.Errorf("%s, %s: sunk %q, noise %q, begun %v, ended %v, code %d", c.name, how.name, sunk, f.Noise(), f.Begun(), ended, code)
			}
			if ended && ends != 1 || !ended && ends != 0 {
				t.Errorf("%s, %s: ended was called %d times", c.name, how.name, ends)
			}
		}
	}
}

// However much comes, and whatever it is: no more of it is held than noise and one chunk.
func TestFrameIsBounded(t *testing.T) {
	const chunk, size = 32 << 10, 4 << 20
	for _, c := range []struct{ name, first, text string }{
		{"noise", "", "much noise\n"},
		{"one line of noise", "", testNonce},
		{"output", testNonce + ":begin\n", "much output\n"},
		{"almost end marks", testNonce + ":begin\n", testNonce + ":end:"},
		{"a status without end", testNonce + ":begin\n" + testNonce + ":end:", "1"},
		{"after the end", testNonce + ":begin\n" + testNonce + ":end:0\n", "rest\n"},
	} {
		f := &Frame{nonce: testNonce, sink: &kept{}, ended: func() {}}
		f.Write([]byte(c.first))
		text := []byte(strings.Repeat(c.text, chunk/len(c.text)))
		for n := 0; n < size; n += len(text) {
			f.Write(text)
			if cap(f.buf) > 4*chunk || len(f.noise) > maxNoise {
				t.Fatalf("%s: after %d bytes: %d buffered, %d of noise", c.name, n, cap(f.buf), len(f.noise))
			}
		}
		if k := f.sink.(*kept); cap(k.buf) > 2*MaxKept {
			t.Errorf("%s: %d bytes are kept", c.name, cap(k.buf))
		}
	}
}

// A failing sink loses its own copy, and the verdict stays.
func TestFrameSinkFails(t *testing.T) {
	f := &Frame{nonce: testNonce, sink: failing{}, ended: func() {}}
	fmt.Fprintf(f, "%s:begin\nout%[1]s:end:3\n", testNonce)
	if code, ok := f.Code(); code != 3 || !ok {
		t.Errorf("code %d, ended %v", code, ok)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("no") }

// However a stream is cut into chunks, the frame finds the same in it.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("noise|Bout|E0\n|rest"), uint64(1))
	f.Add([]byte("|b|B|e|E12\n"), uint64(2))
	f.Add([]byte("||BB|N|N|E"), uint64(3))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		marks := strings.NewReplacer("|B", testNonce+":begin\n", "|E", testNonce+":end:", "|N", testNonce, "|b", testNonce+":begi", "|e", testNonce+":en")
		stream := []byte(marks.Replace(string(text)))
		want, wantSunk, wantEnds := framed(stream, whole)
		random := rand.New(rand.NewPCG(seed, 0))
		got, sunk, ends := framed(stream, func(rest int) int { return min(rest, 1+random.IntN(20)) })
		wantCode, wantEnded := want.Code()
		code, ended := got.Code()
		if !bytes.Equal(sunk, wantSunk) || !bytes.Equal(got.Noise(), want.Noise()) || code != wantCode || ended != wantEnded || ends != wantEnds {
			t.Errorf("%q in chunks: %q, noise %q, %d %v; whole: %q, noise %q, %d %v", stream, sunk, got.Noise(), code, ended, wantSunk, want.Noise(), wantCode, wantEnded)
		}
	})
}
