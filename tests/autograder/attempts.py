"""What student code may try, each thing a function; run inside a confined process by `confined_run.py`, never imported.

A function returns when the attempt succeeded and raises when it was refused. The names that start with ``may_`` are
what a notebook needs: they have to succeed. ``given`` holds what a student could find out about the grader.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

given = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
REPOSITORY = Path(given["repository"])
OUTSIDE = Path(given["outside"])  # a folder of the grader's: a secret, a submission, a gradebook, sockets
MIB = 2**20


def check(result):
    """Turn what a function of the C library returned into an exception where it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def fails_with(code, function, *args):
    """Raise as refused if the function fails in just this way; any other failure is one of the test itself."""
    try:
        function(*args)
    except OSError as error:
        if error.errno == code:
            raise
        raise RuntimeError(f"expected {errno.errorcode[code]}, got {error}") from error


# Files


def reads_secret():
    (OUTSIDE / "secret.txt").read_text()


def reads_other_submission():
    (OUTSIDE / "submission.ipynb").read_text()


def opens_gradebook():
    (OUTSIDE / "gradebook.db").open("r+b")


def lists_grader_folder():
    list(OUTSIDE.iterdir())


def reads_project_file():
    (REPOSITORY / "pyproject.toml").read_text()


def reads_grader_code():
    (REPOSITORY / "autograder" / "sandbox.py").read_text()


def imports_hidden_tests():
    import autograder.hidden_tests  # noqa: F401


def lists_hidden_tests():
    list((REPOSITORY / "autograder" / "hidden_tests").iterdir())


def lists_source_notebooks():
    list((REPOSITORY / "source").iterdir())


def lists_tests():
    list((REPOSITORY / "tests").iterdir())


def lists_repository():
    if REPOSITORY / "pyproject.toml" not in REPOSITORY.iterdir():
        raise FileNotFoundError("empty")


def lists_home_of_grader():
    list(Path(given["home"]).iterdir())


def reads_password_file():
    Path("/etc/passwd").read_text()


def reads_host_name_file():
    Path("/etc/hostname").read_text()


def opens_block_device():
    os.close(os.open(given["block_device"], os.O_RDONLY))


def opens_terminal():
    os.close(os.open("/dev/tty", os.O_RDWR))


def opens_kernel_messages():
    os.close(os.open("/dev/kmsg", os.O_RDWR))


def follows_link_to_secret():
    link = Path("link")
    link.symlink_to(OUTSIDE / "secret.txt")
    link.read_text()


def hard_links_secret():
    Path("hard").hardlink_to(OUTSIDE / "secret.txt")


def climbs_out_of_working_folder():
    Path("../../../../../../../../" + str(OUTSIDE / "secret.txt")).read_text()


def reads_through_proc_root():
    Path("/proc/self/root", *(OUTSIDE / "secret.txt").parts[1:]).read_text()


def reads_through_first_process():
    Path("/proc/1/root", *(OUTSIDE / "secret.txt").parts[1:]).read_text()


# Writing


def writes_to_grader_folder():
    (OUTSIDE / "left.txt").write_text("x")


def writes_to_etc():
    Path("/etc/left.txt").write_text("x")


def writes_to_root():
    Path("/left.txt").write_text("x")


def writes_to_utils():
    (REPOSITORY / "utils" / "left.py").write_text("x")


def changes_own_kernel_code():
    (REPOSITORY / "autograder" / "kernel" / "wire.py").open("a")


def writes_to_python():
    Path(os.__file__).with_name("left.py").write_text("x")


def writes_to_dev():
    Path("/dev/left").write_text("x")


def stores_file_beside_sockets():
    Path(given["connections"], "left.txt").write_text("x")


def stores_folder_beside_sockets():
    Path(given["connections"], "left").mkdir()


def stores_link_beside_sockets():
    Path(given["connections"], "link").symlink_to("/")


def makes_pipe_beside_sockets():
    os.mkfifo(Path(given["connections"], "pipe"))


def removes_connection_file():
    Path(given["connections"], "connection.json").unlink()


def changes_connection_file():
    Path(given["connections"], "connection.json").write_text("{}")


def changes_system_setting():
    Path("/proc/sys/kernel/domainname").write_text("left")


def changes_core_pattern():
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))


def makes_device():
    os.mknod("disk", 0o60600, os.makedev(8, 0))


# Other processes


def reads_environment_of_grader():
    Path(f"/proc/{given['grader']}/environ").read_bytes()


def reads_memory_of_grader():
    with Path(f"/proc/{given['grader']}/mem").open("rb"):
        pass


def reads_command_line_of_grader():
    Path(f"/proc/{given['grader']}/cmdline").read_bytes()


def finds_secret_in_environment_of_first_process():
    if given["marker"] not in Path("/proc/1/environ").read_text():
        raise FileNotFoundError("not there")


def reads_command_line_of_first_process():
    Path("/proc/1/cmdline").read_bytes()


def lists_processes():
    list(Path("/proc").iterdir())


def signals_grader():
    os.kill(given["grader"], 0)


def signals_parent():
    os.kill(os.getppid(), 0)


def signals_everybody():
    os.kill(-1, 0)


def signals_own_group():
    os.killpg(0, 0)


def traces_grader():
    libc.ptrace.restype = ctypes.c_long
    check(libc.ptrace(16, given["grader"], None, None))


def reads_memory_across_processes():
    buffer = ctypes.create_string_buffer(8)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
    check(libc.process_vm_readv(given["grader"], local, 1, local, 1, 0))


def finds_secret_in_environment():
    found = json.dumps(dict(os.environ))
    with contextlib.suppress(OSError):
        found += Path("/proc/self/environ").read_text()
    if given["marker"] not in found:
        raise FileNotFoundError("not there")


def finds_open_file_of_grader():
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            if os.fstat(number).st_ino == given["inherited"]:
                return
    raise FileNotFoundError("none")


# Network


def _socket(family, kind, protocol=0):
    socket.socket(family, kind, protocol).close()


def opens_tcp():
    _socket(socket.AF_INET, socket.SOCK_STREAM)


def opens_udp():
    _socket(socket.AF_INET, socket.SOCK_DGRAM)


def opens_raw():
    _socket(socket.AF_INET, socket.SOCK_RAW, 1)


def opens_tcp6():
    _socket(socket.AF_INET6, socket.SOCK_STREAM)


def opens_udp6():
    _socket(socket.AF_INET6, socket.SOCK_DGRAM)


def opens_netlink():
    _socket(socket.AF_NETLINK, socket.SOCK_RAW)


def opens_vsock():
    _socket(40, socket.SOCK_STREAM)


def opens_packet():
    _socket(socket.AF_PACKET, socket.SOCK_RAW)


def opens_kernel_crypto():
    _socket(socket.AF_ALG, socket.SOCK_SEQPACKET)


def opens_bluetooth():
    _socket(31, socket.SOCK_RAW, 1)


def connects_to_grader_by_tcp():
    socket.create_connection(("127.0.0.1", given["port"]), timeout=2).close()


def connects_to_grader_by_path():
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(str(OUTSIDE / "socket"))


def connects_to_grader_by_abstract_name():
    with socket.socket(socket.AF_UNIX) as end:
        end.connect("\0" + given["marker"])


def listens_on_abstract_name():
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("\0left")


def pairs_datagram_sockets():
    for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        end.close()


def sends_to_grader_by_datagram():
    first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with first, second:
        first.sendmsg([b"x"], [], 0, str(OUTSIDE / "datagrams"))


def resolves_name():
    socket.getaddrinfo("example.org", 80)


# Processes


def forks():
    if os.fork() == 0:
        os._exit(0)


def forks_quickly():
    subprocess.run([sys.executable, "-c", ""], check=True)


def spawns():
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0)


def runs_shell():
    if os.system("true") != 0:
        raise PermissionError("no shell")


def becomes_other_program():
    os.execv(sys.executable, [sys.executable, "-c", ""])


def becomes_other_program_from_memory():
    handle = os.open(sys.executable, os.O_RDONLY)
    os.execve(handle, [sys.executable, "-c", ""], {})


def clones_by_hand():
    fails_with(errno.EPERM, lambda: check(libc.syscall(given["numbers"]["clone"], signal.SIGCHLD, 0, 0, 0, 0)))


# Rights and limits


def becomes_root():
    os.setuid(0)
    os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)


def has_capabilities():
    rows = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    if all(int(rows[name], 16) == 0 for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")):
        raise PermissionError("none")


def gains_rights_by_program():
    rows = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    if rows["NoNewPrivs"] == "1":
        raise PermissionError("no_new_privs")


def raises_limits():
    for name in ("AS", "CPU", "DATA", "FSIZE", "NOFILE"):
        number = getattr(resource, f"RLIMIT_{name}")
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(number, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return
    raise PermissionError("none could be raised")


def raises_soft_limit():
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def mounts():
    check(libc.mount(b"none", str(Path.cwd()).encode(), b"tmpfs", 0, None))


def mounts_in_new_namespace():
    check(libc.unshare(0x10000000 | 0x20000))  # a user and a mount namespace
    mounts()


def enters_namespace():
    check(libc.setns(os.open("/proc/self/ns/net", os.O_RDONLY), 0))


def types_into_terminal():
    import fcntl

    fails_with(errno.EPERM, fcntl.ioctl, 0, 0x5412, b"x")


def makes_memory_file():
    os.close(os.memfd_create("x"))


def makes_shared_memory_segment():
    check(libc.shmget(0, MIB, 0o1600))


def moves_its_time_limit():
    os.nice(-5)


# Bombs. Each frees what it took.


def fills_memory():
    blocks = []
    for _ in range(given["memory"] // MIB * 2 // 16):
        blocks.append(b"x" * (16 * MIB))


def fills_shared_memory():
    import mmap

    blocks = []
    for _ in range((given["memory"] + given["code_room"]) // (256 * MIB) + 2):
        blocks.append(mmap.mmap(-1, 256 * MIB))  # not touched: only counted


def fills_disk():
    block = b"x" * MIB
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for number in range(3 * given["disk"] // given["file"]):
            with Path(folder, str(number)).open("wb") as file:
                for _ in range(given["file"] // MIB):
                    file.write(block)


def writes_big_file():
    with tempfile.TemporaryFile(dir=".") as file:
        for _ in range(given["file"] // MIB + 1):
            file.write(b"x" * MIB)


def opens_many_files():
    handles = []
    try:
        for _ in range(given["files"] + 1):
            handles.append(os.open("/dev/null", os.O_RDONLY))
    finally:
        for handle in handles:
            os.close(handle)


def starts_many_threads():
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(given["threads"] + 1)]
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    finally:
        stop.set()
        for thread in started:
            thread.join()


# What notebooks need


def may_read_utils():
    assert list((REPOSITORY / "utils").iterdir())


def may_keep_files():
    Path("folder").mkdir()
    Path("folder", "a").write_text("x")
    Path("folder", "a").rename("b")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * MIB)
    assert Path("b").read_text() == "x"
    assert Path.home() == Path.cwd()


def may_use_tmp():
    if Path("/tmp").is_symlink():  # in a box, unless this checkout lies in /tmp
        path = Path("/tmp/x")
        path.write_text("x")
        path.unlink()


def may_start_threads():
    done = []
    threads = [threading.Thread(target=done.append, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 8


def may_tell_time():
    time.sleep(0.01)
    assert time.time() > 1.6e9
    assert time.localtime().tm_year > 2020
    time.perf_counter()


def may_use_event_loop():
    import asyncio

    async def work():
        await asyncio.sleep(0.01)
        return await asyncio.get_running_loop().run_in_executor(None, lambda: 7)

    assert asyncio.run(work()) == 7


def may_signal_itself():
    caught = []
    signal.signal(signal.SIGUSR1, lambda *args: caught.append(args))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.raise_signal(signal.SIGUSR1)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
    assert len(caught) == 3


def may_set_timer():
    caught = []
    signal.signal(signal.SIGALRM, lambda *args: caught.append(args))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    assert caught


def may_read_limits():
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == given["files"]


def may_draw_random_numbers():
    assert os.urandom(8) != os.urandom(8)
    with Path("/dev/urandom").open("rb", buffering=0) as file:
        assert len(file.read(8)) == 8


def may_share_memory_between_threads():
    import _posixshmem

    name = "/course-test"
    if given["boxed"]:
        handle = _posixshmem.shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
        os.ftruncate(handle, MIB)
        os.close(handle)
        _posixshmem.shm_unlink(name)


def may_call_back_from_c():
    assert ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda value: value + 1)(1) == 2


def may_look_at_itself():
    assert "VmRSS" in Path("/proc/self/status").read_text()
    assert os.cpu_count()
    assert Path("/proc/self/maps").read_text()


def may_map_memory():
    import mmap

    with mmap.mmap(-1, MIB) as block:
        block[:1] = b"x"


# The runner


def outcome(function):
    """What came of one attempt: ``["done", ""]``, or ``["refused", why]``."""
    try:
        function()
    except (OSError, MemoryError, ValueError, ImportError, RuntimeError, OverflowError) as error:
        return ["refused", f"{type(error).__name__}: {error}"]
    except BaseException as error:
        return ["broken", f"{type(error).__name__}: {error}"]
    return ["done", ""]


def syscalls():
    """The error of each filtered system call when called with nothing but zeros."""
    found = {}
    for name, number in {**given["call"], "newer": 999}.items():
        failed = libc.syscall(number, 0, 0, 0, 0, 0, 0) == -1
        found[name] = errno.errorcode[ctypes.get_errno()] if failed else "passed"
    return found


def main():
    functions = {name: value for name, value in globals().items() if callable(value)}
    results = {}
    for name in given["attempts"]:
        results[name] = outcome(functions[name])
    print(json.dumps({"results": results, "syscalls": syscalls(), "user": os.getuid()}))


main()
