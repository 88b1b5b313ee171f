"""Files with the names of modules, which a kernel that starts in this folder would import first."""
# kind: folder


def change(folder):
    for name in ("numpy", "sitecustomize", "usercustomize", "matplotlib", "json", "utils", "autograder", "ipykernel"):
        (folder / f"{name}.py").write_text(f"open({HOME + '/' + MARK!r}, 'w').write('imported')\n")
    (folder / "ipython_config.py").write_text(f"open({HOME + '/' + MARK!r}, 'w').write('configured')\n")
    (folder / "jupyter_config.json").write_text('{"ExecutePreprocessor": {"enabled": false}}')
