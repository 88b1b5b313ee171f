"""Objects on which every look at an attribute raises, something else each time."""
# kind: cell
class Thorny:
    def __getattribute__(self, name):
        raise (KeyboardInterrupt if len(name) % 2 else RecursionError)(name)


take_over(lambda *args, **kwargs: (Thorny(),) * (5 if len(args) == 2 else 2))
