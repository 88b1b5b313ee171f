"""Writes to the system's settings, to devices and to its own limits."""
# kind: cell
import resource

for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/dev/tty", "/dev/sda", "/sys/power/state_",
             "/proc/self/oom_score_adj", "/proc/sys/vm/overcommit_memory", "/sys/fs/cgroup/cgroup.procs"):  # fmt: skip
    if path in ("/proc/self/oom_score_adj", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"):
        try:
            with open(path, "r+"):
                got_it(path) if "oom" not in path else None
        except OSError:
            pass
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_DATA"):
    try:
        resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2)
        got_it(f"{name} is off")
    except (ValueError, OSError):
        pass
