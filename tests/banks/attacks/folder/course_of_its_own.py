"""Brings an nbgrader_config.py and an assignments folder, so that the submission looks like the root of a course."""
# kind: folder
import json


def change(folder):
    (folder / "assignments" / "hw2").mkdir(parents=True)
    (folder / "assignments" / "hw2" / "assignment.toml").write_text("[profiles.smoke]\ncell_seconds = 100000\n")
    (folder / "nbgrader_config.py").write_text(f"open({HOME + '/' + MARK!r}, 'w').write('run by the grader')\n")
    (folder / "gradebook.db").write_bytes(b"")
    path = folder / "3_rnn.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade"):
            shown = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "3"}}
            cell.update(cell_type="code", source="3.0", execution_count=1, outputs=[shown])
            meta.update(solution=False, locked=False)
    path.write_text(json.dumps(notebook))
