package ssh

import (
	"context"
	"errors"
)

// pins are those that one client of OpenSSH's was told, by the question for them, while it
// logs in. It holds their turns; "" is one that is not to be kept.
type pins map[*password]string

// pin is the reply to a question for the PIN of a token, PKCS#11 or FIDO. The right one is
// asked for once in a run. A token locks itself after a few wrong ones, so that one counts as
// right only when the client that was told it has logged in; all others wait for that.
func (p *Pool) pin(ctx context.Context, told pins, question string) string {
	known := p.Keys.password(question)
	_, again := told[known]
	if !again && known.turn.take(ctx) != nil {
		return "n"
	}
	switch {
	case again: // it was wrong, or there is another token of that name
	case known.refused != nil:
		known.turn.release()
		return "n"
	case known.from != "":
		known.turn.release()
		return "y" + known.text
	}
	reply := p.ask(ctx, "", question)
	if told[known] = reply[1:]; again {
		told[known] = ""
	}
	if reply[1:] == "" && ctx.Err() == nil {
		known.refused = errors.New("no PIN was given")
	}
	return reply
}

// settle gives back the turns; right says that the client has logged in and that nothing was
// wrong on its way.
func (told pins) settle(host string, right bool) {
	for known, text := range told {
		if right && text != "" {
			known.text, known.from = text, host
		}
		known.turn.release()
	}
}
