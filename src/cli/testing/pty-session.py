"""Runs a command on a pseudo terminal: argv is a JSON list of [wait for, then send] pairs and the command.

Prints JSON: the output, the exit status, and whether the terminal's modes are what they were, and were raw between.
"""
import json, os, pty, select, subprocess, sys, termios, time

steps = json.loads(sys.argv[1])
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
child = subprocess.Popen(
    sys.argv[2:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
)
output = b""
seen = 0
raw = False
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    ready, _, _ = select.select([master], [], [], 0.05)
    if ready:
        output += os.read(master, 65536)
    elif child.poll() is not None:
        break
    if steps and steps[0][0].encode() in output[seen:]:
        seen = output.index(steps[0][0].encode(), seen) + len(steps[0][0].encode())
        raw = raw or not termios.tcgetattr(slave)[3] & (termios.ICANON | termios.ISIG)
        sent = steps.pop(0)[1]
        if sent == "SIGTERM":
            child.terminate()
        else:
            os.write(master, sent.encode())
if child.poll() is None:
    child.kill()
print(
    json.dumps(
        {
            "output": output.decode(errors="replace"),
            "status": child.wait(),
            "raw": raw,
            "restored": termios.tcgetattr(slave) == before,
        }
    )
)
