"""The official client of KiCad's API, which does one task as often as it is told.

Usage: python peer.py version|tracks SOCKET TRACKS
"""

import sys

from kipy import KiCad

task, socket, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
kicad = KiCad(socket_path=f"ipc://{socket}", client_name="kiapi bench", timeout_ms=60_000)


def version():
    kicad.get_version()


def tracks():
    assert len(kicad.get_board().get_tracks()) == count


once = {"version": version, "tracks": tracks}[task]
print("ready", flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        once()
    print("done", flush=True)
