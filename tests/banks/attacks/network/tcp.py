"""Connects to a server by TCP, over IPv4 and IPv6, and sends it what it knows."""
# kind: cell
import socket

for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(1)
            s.connect((host, PORT))
            s.sendall(b"hello")
            got_it(host)
    except OSError:
        pass
