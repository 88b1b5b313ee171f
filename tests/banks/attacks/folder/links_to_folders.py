"""Lays links to folders beside its notebook: upwards, home, and to itself."""
# kind: folder


def change(folder):
    for at, name in enumerate(("..", "../..", HOME, "/", ".", f"{COURSE}/submitted/neighbour")):
        (folder / f"folder{at}").symlink_to(name, target_is_directory=True)
    (folder / "deep").mkdir()
    (folder / "deep" / "er").symlink_to("../../..", target_is_directory=True)
