"""What can go wrong with data; every message says what is the matter and what to do."""


class DataError(Exception):
    """Base of all errors that this package raises on purpose; its text is meant for the person at the keyboard."""


class UnknownData(DataError):
    """No data set has this name."""


class DataMissing(DataError):
    """The data set is not on this machine."""


class DataDamaged(DataError):
    """What is there is not the whole data set: a file is missing, cut short or changed."""


class MirrorMissing(DataError):
    """``COURSE_DATA_MIRROR`` names no folder."""


class CacheNotWritable(DataError):
    """The folder that keeps downloads cannot be written to."""


class NoSpace(DataError):
    """The disk is full, or too small for what would be downloaded."""


class DownloadFailed(DataError):
    """There is no network, or the server did not give the file."""


class WrongHash(DataError):
    """What was downloaded is not the file that was expected."""


class UnsafeArchive(DataError):
    """An archive holds a path or a link that would lead out of its folder."""


class FetchInProgress(DataError):
    """Another process is fetching the same data set."""
