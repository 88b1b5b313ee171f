"""Fills the disk with files that hold nothing."""
# kind: cell
import os

os.makedirs(f"{MARK}-many", exist_ok=True)
count = 0
try:
    for count in range(1_000_000):
        os.close(os.open(f"{MARK}-many/{count}", os.O_CREAT | os.O_WRONLY))
except (OSError, KeyboardInterrupt):
    pass
for at in range(count + 1):
    if os.path.exists(f"{MARK}-many/{at}"):
        os.unlink(f"{MARK}-many/{at}")
os.rmdir(f"{MARK}-many")
