"""Silences all tracebacks and has its own handler for every exception."""
# kind: cell
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda self, kind, error, traceback, tb_offset=None: None)
shell.showtraceback = lambda *args, **kwargs: None
shell._showtraceback = lambda *args, **kwargs: None
