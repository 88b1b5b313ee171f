"""Fetches a page, asks for a name, and sends mail."""
# kind: cell
import socket
import urllib.request

try:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{MARK}", timeout=1)
    got_it("a page")
except (OSError, ValueError):
    pass
try:
    socket.getaddrinfo("localhost.localdomain.invalid", 80)
    got_it("a name")
except OSError:
    pass
