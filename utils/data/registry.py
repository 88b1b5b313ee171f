"""The data sets of the homework: each named once, with its address, hash, licence and layout.

To add one, add an entry to `DATA_SETS`; `utils.data.store` finds it, `utils.data.fetching` downloads it, and the
command line shows it. Hashes stand here where they are known; a download without one is checked by its layout and by
the archive's own checksums.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from utils.data.errors import UnknownData

MIB = 2**20


@dataclass(frozen=True)
class Download:
    """One file to download."""

    url: str
    """Its official address."""
    sha256: str | None = None
    """Its SHA-256, where it is known."""
    file: str = ""
    """The name to save it under; the last part of the address if empty."""

    @property
    def name(self) -> str:
        return self.file or self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Part:
    """Files that belong to a data set."""

    pattern: str
    """Path within the data set's folder; ``*`` stands for any part of a file name."""
    count: int = 1
    """How many files match, at least."""
    sha256: str | None = None
    """Hash of the course's own copy, where the address may serve another edition: a difference is told, not refused."""
    required: bool = True
    """Whether the data set is incomplete without it."""


@dataclass(frozen=True)
class DataSet:
    """A data set: what it is, where it comes from, which files make it up."""

    name: str
    """What `find` and `course data fetch` call it."""
    title: str
    """One line for a table."""
    folder: str
    """Its folder in the cache and in a mirror; for weights, the file's name in a mirror."""
    downloads: tuple[Download, ...]
    parts: tuple[Part, ...]
    size: int
    """Bytes on disk when unpacked, about."""
    licence: str
    """In a few words."""
    notebooks: tuple[str, ...]
    """The notebooks that need it in the full profile."""
    packed: int = 0
    """Bytes of the download, about, where it is far larger or smaller than what is taken out of it."""
    kind: str = "archive"
    """``archive`` (one zip file), ``sentences`` (files to be joined) or ``weights`` (a torchvision file)."""
    inside: str = ""
    """Folder of the archive that becomes the data set's folder."""
    members: tuple[str, ...] = ()
    """What to take out of the archive; all `parts` if empty."""
    stand_ins: tuple[str, ...] = ()
    """Other folders of a mirror that have the same layout and may be used in place of it."""
    weights: str = ""
    """Name in torchvision, such as ``ResNet18_Weights.IMAGENET1K_V1``."""

    @property
    def room(self) -> int:
        """Bytes that the download and what is taken out of it need together, about."""
        return self.size + (self.packed or self.size)


_YELP = "https://raw.githubusercontent.com/shentianxiao/language-style-transfer/master/data/yelp/sentiment."
_CHECKPOINTS = "https://download.pytorch.org/models/"


def _weights(name: str, title: str, file: str, size: int, entry: str, notebooks: tuple[str, ...]) -> DataSet:
    return DataSet(
        name=name,
        title=title,
        folder=f"{name}.pth",
        downloads=(Download(_CHECKPOINTS + file),),
        parts=(),
        size=size,
        licence="BSD-3-Clause",
        notebooks=notebooks,
        kind="weights",
        weights=entry,
    )


_ALL = (
    DataSet(
        name="hymenoptera",
        title="Photographs of ants and bees",
        folder="hymenoptera_data",
        downloads=(Download("https://download.pytorch.org/tutorial/hymenoptera_data.zip"),),
        parts=(
            Part("train/ants/*.jp*g", 123),
            Part("train/bees/*.jpg", 121),
            Part("val/ants/*.jpg", 70),
            Part("val/bees/*.jpg", 83),
            Part("train/ants/imageNotFound.gif", required=False),
        ),
        size=46 * MIB,
        licence="ImageNet's: research, teaching",
        notebooks=("1_transfer_learning",),
        inside="hymenoptera_data",
    ),
    DataSet(
        name="styles",
        title="One photograph and three paintings",
        folder="styles",
        downloads=(Download("https://cs231n.github.io/assignments/2019/spring1819_assignment3.zip"),),
        parts=(
            Part("tubingen.jpg", sha256="e67d1869f01fd805385c681a80d9ebcf0f70ea4a5fe6127f0606bb1c7f4bf506"),
            Part("composition_vii.jpg", sha256="8f992ed4aecd6dd56972d7bc8166761de7c94e670ee6effa8fd05f3daeb33409"),
            Part("the_scream.jpg", sha256="f3075cddeb974a9ee1d6418f7f33fd05185a7ac7dcb4288bd2805d499a9dcaee"),
            Part("starry_night.jpg", sha256="c31741a09141c2e2d07fc7aa6bdf135c369b804f9433e43fa3ceac19386d1ee6"),
        ),
        size=2 * MIB,
        licence="paintings public domain",
        notebooks=("2_style_transfer",),
        inside="assignment3/styles",
    ),
    DataSet(
        name="coco_captioning",
        title="COCO 2014 captions with VGG-16 features",
        folder="coco_captioning",
        downloads=(Download("https://cs231n.stanford.edu/coco_captioning.zip"),),
        parts=(
            Part("coco2014_captions.h5"),
            Part("coco2014_vocab.json"),
            Part("train2014_vgg16_fc7_pca.h5"),
            Part("val2014_vgg16_fc7_pca.h5"),
            Part("train2014_urls.txt"),
            Part("val2014_urls.txt"),
            Part("train2014_images.txt", required=False),
            Part("val2014_images.txt", required=False),
            Part("images/*.jpg", required=False),
        ),
        size=300 * MIB,
        licence="captions CC BY 4.0",
        notebooks=("5_image_captioning",),
        packed=1000 * MIB,  # it also holds the features of 4096 numbers, which stay in it
        inside="coco_captioning",
        # 1,000 photographs of Flickr8k in the same layout, for machines where COCO can't be had
        stand_ins=("flickr8k_captioning",),
    ),
    DataSet(
        name="sentiment",
        title="Review sentences, positive and negative",
        folder="sentiment",
        downloads=tuple(Download(f"{_YELP}{split}.{label}") for split in ("train", "dev", "test") for label in (0, 1)),
        parts=(
            Part("train.txt", sha256="67e1f9cc963e9377b082708667a237223c43f5890544d6427eb59f021d1ba163"),
            Part("dev.txt", sha256="894b625e55e7cf6b7a3d99ad9a2818fab607673793adc432c33a35a09ef356fc"),
            Part("test.txt", sha256="9c96043e99d84f69091ca3dfd66660472cbbd0fe096f4b56b8777ca6652efd9c"),
            Part("unlabelled.txt", sha256="2ffc9460b3c14324284d1dfe246c925c3b1bcfb428ac49d9e89b2cf67a499e04"),
        ),
        size=4 * MIB,
        licence="Yelp's: academic use",
        notebooks=("6_text_classification",),
        kind="sentences",
    ),
    DataSet(
        name="glove_6b",
        title="GloVe 6B word vectors",
        folder="glove.6B",
        downloads=(
            Download(
                "https://nlp.stanford.edu/data/glove.6B.zip",
                sha256="617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
            ),
        ),
        parts=(Part("glove.6B.*d.txt"),),
        size=1160 * MIB,
        licence="public domain (PDDL)",
        notebooks=("6_text_classification",),
        packed=830 * MIB,
        members=("glove.6B.50d.txt", "glove.6B.300d.txt"),
    ),
    _weights(
        "resnet18",
        "ResNet-18, trained on ImageNet",
        "resnet18-f37072fd.pth",
        45 * MIB,
        "ResNet18_Weights.IMAGENET1K_V1",
        ("1_transfer_learning",),
    ),
    _weights(
        "squeezenet1_0",
        "SqueezeNet 1.0, trained on ImageNet",
        "squeezenet1_0-b66bff10.pth",
        5 * MIB,
        "SqueezeNet1_0_Weights.IMAGENET1K_V1",
        (),
    ),
    _weights(
        "squeezenet1_1",
        "SqueezeNet 1.1, trained on ImageNet",
        "squeezenet1_1-b8a52dc0.pth",
        5 * MIB,
        "SqueezeNet1_1_Weights.IMAGENET1K_V1",
        ("2_style_transfer",),
    ),
)

DATA_SETS: dict[str, DataSet] = {entry.name: entry for entry in _ALL}


def data_set(name: str) -> DataSet:
    """Return the entry called `name`.

    Raises
    ------
    UnknownData
        If there is none; the message lists the names.
    """
    try:
        return DATA_SETS[name]
    except KeyError:
        close = difflib.get_close_matches(name, DATA_SETS, n=1)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise UnknownData(f"no data set is called {name!r}.{meant} There are: {', '.join(DATA_SETS)}") from None
