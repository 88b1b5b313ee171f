"""Objects that run a command wherever they are unpickled, copied or printed."""
# kind: cell
class Run:
    def __reduce_ex__(self, protocol):
        import os

        return os.system, (f"touch /tmp/{MARK}",)

    __copy__ = __deepcopy__ = __getstate__ = lambda self, *args: self.__reduce_ex__(2)
    __repr__ = __str__ = lambda self: "\x1b]0;owned\x07" * 1000


take_over(lambda *args, **kwargs: (Run(),) * (5 if len(args) == 2 else 2))
