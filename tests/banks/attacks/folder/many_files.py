"""Twenty thousand small files."""
# kind: folder
# ungraded: more than can be copied waits for a person, who is told what to do


def change(folder):
    (folder / "many").mkdir()
    for at in range(20_000):
        (folder / "many" / f"{at}.txt").touch()
