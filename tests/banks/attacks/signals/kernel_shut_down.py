"""Asks for its own kernel to be shut down and started again, as a button in Jupyter does."""
# kind: cell
from IPython import get_ipython

get_ipython().ask_exit()
get_ipython().kernel.do_shutdown(True)
exit()
quit()
