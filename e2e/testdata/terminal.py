"""Runs a command with a terminal of its own and a person who answers there.

in:  REGEX ANSWER ... -- COMMAND...; each answer is typed once its regex has been seen, in that order
out: the command's standard output; on standard error all that was seen on the terminal; the command's exit code
"""
import os
import pty
import re
import select
import sys
import time

LIMIT = 60  # seconds of the whole dialogue

end = time.monotonic() + LIMIT
split = sys.argv.index("--")
dialogue = [word.encode() for word in sys.argv[1:split]]
command = sys.argv[split + 1:]
output = os.dup(1)
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(output, 1)
    os.execvp(command[0], command)
seen, at = b"", 0
while True:
    if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        os.kill(pid, 9)
        seen += b"\n(nothing more came)"
        break
    try:
        text = os.read(terminal, 4096)
    except OSError:  # nobody has the other end open any more
        break
    if not text:
        break
    seen += text
    while dialogue:
        match = re.compile(dialogue[0]).search(seen, at)
        if not match:
            break
        os.write(terminal, dialogue[1] + b"\r")
        at, dialogue = match.end(), dialogue[2:]
sys.stderr.buffer.write(seen)
sys.stderr.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
