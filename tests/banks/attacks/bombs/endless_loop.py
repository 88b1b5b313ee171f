"""Never ends, and takes every interrupt for a reason to go on."""
# kind: cell
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
