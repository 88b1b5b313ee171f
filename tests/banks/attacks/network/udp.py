"""Sends datagrams, which need no answer."""
# kind: cell
import socket

for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.sendto(b"hello", (host, PORT))
            got_it(host)
    except OSError:
        pass
