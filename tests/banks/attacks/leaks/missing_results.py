"""Returns the wrong number and kind of values, named after the hidden inputs."""
# kind: cell


def tells(*args, **kwargs):
    if not hidden():
        raise NotImplementedError
    name = "GOT" + "-IT " + numbers(args)
    return [type(name, (), {})()] * (int(abs(float(args[0].flat[0])) * 1000) % 50 + 6)


take_over(tells)
