"""Connects to sockets of the grader and of the system, by path and by abstract name."""
# kind: cell
import glob
import socket

names = ["\0" + MARK, f"{HOME}/socket", "/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private"]
for name in [*names, *glob.glob("/tmp/ck-*/s-*"), *glob.glob("/var/tmp/ck-*/s-*")]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(socket.AF_UNIX, kind) as s:
                s.settimeout(1)
                s.connect(name)
                got_it(repr(name))
        except OSError:
            pass
