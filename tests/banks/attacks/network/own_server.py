"""Opens a server of its own, through which the next student could ask it."""
# kind: cell
import socket

for family, address in ((socket.AF_INET, ("0.0.0.0", 0)), (socket.AF_UNIX, "\0" + MARK + "-server")):
    try:
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)
        server.listen()
        got_it(address)
    except OSError:
        pass
