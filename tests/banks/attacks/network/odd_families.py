"""Makes sockets of the kinds that firewalls forget: raw, packet, netlink, vsock, Bluetooth, kernel crypto."""
# kind: cell
import socket

kinds = [
    (socket.AF_INET, socket.SOCK_RAW, 1), (getattr(socket, "AF_PACKET", 17), socket.SOCK_RAW, 0x0300),
    (getattr(socket, "AF_NETLINK", 16), socket.SOCK_RAW, 0), (getattr(socket, "AF_VSOCK", 40), socket.SOCK_STREAM, 0),
    (31, socket.SOCK_RAW, 1), (38, socket.SOCK_SEQPACKET, 0), (29, socket.SOCK_RAW, 1), (44, socket.SOCK_RAW, 0),
]  # fmt: skip
for kind in kinds:
    try:
        with socket.socket(*kind):
            got_it(kind)
    except OSError:
        pass
