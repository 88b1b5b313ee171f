"""Raises exceptions whose class has a name that is no text and whose traceback cannot be read."""
# kind: cell
class Meta(type):
    __name__ = property(lambda cls: 5)
    __module__ = property(lambda cls: 1 / 0)


class Odd(Exception, metaclass=Meta):
    def __str__(self):
        raise Odd

    __repr__ = __str__
    __traceback__ = property(lambda self: 5)
    args = property(lambda self: 1 / 0)


def raises(*args, **kwargs):
    raise Odd


take_over(raises)
