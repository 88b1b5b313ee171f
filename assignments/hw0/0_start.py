# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0 · Start here
#
# Two questions before the course begins: is your computer ready, and are your NumPy fingers? The first is answered by
# one cell, the second by two short functions. Everything here works as in the homeworks to come, so you also see how
# your work is checked and how you hand it in, while little is at stake.
#
# **You will build** `squared_distances`, all distances between two sets of points at once, and `nearest`, which finds
# for each point the nearest one of another set.
#
# **You will learn**
#
# - to run the checks, to read their tables, and to hand in;
# - to let NumPy's *broadcasting* do the work of two loops;
# - what happens when whole numbers of 8 bits are subtracted, which has ruined many a picture.
#
# **You need** NumPy's indexing, `sum(axis=...)` and `argmin(axis=...)`.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 0.1 | an environment that works | 0 |
# | 0.2 | `squared_distances` | 3 |
# | 0.3 | `nearest` | 2 |
# | | **together** | **5** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the names
#   and the order of the arguments.
# - **Visible checks.** After each function there is a cell that begins with `check_`. It calls your function on small
#   arrays, prints a table with one line for each check, and stops with a message if something is wrong. Run it as
#   often as you like.
# - **Hidden tests.** After you hand in, the same functions are tested again, on other arrays. A mistake costs the
#   points of the tests that are about it, and no others.
# - Not graded: style and speed. A loop that is right gets all points.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: the whole
# notebook takes less than a minute, most of it for the first look at PyTorch.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np

from utils.checks.start import check_environment, check_nearest, check_squared_distances
from utils.start import start

settings = start("0_start", minutes=0.5)

# %% [markdown]
# If this cell raises `ModuleNotFoundError: No module named 'utils'`, the notebook was opened outside the folder that
# you unpacked: it has to lie beside the folder `utils`. If another name is missing, the packages aren't installed in
# the Python that runs this notebook; the file `README.md` beside it says how to install them.
#
# ## 0.1 Is everything there?
#
# The next cell looks at Python and at the packages that the homeworks use, and lets each do a little work. A line that
# says `note` is no fault: without a GPU everything runs, only more slowly in the larger problems.

# %% nbgrader={"grade": false, "grade_id": "environment", "locked": true, "schema_version": 3, "solution": false, "task": false}
check_environment()

# %% [markdown]
# ## 0.2 All distances at once
#
# Given are $N$ points $x_1, \dots, x_N$ and $M$ points $y_1, \dots, y_M$ with $D$ coordinates each, as **rows** of two
# arrays. Wanted is the array of all squared Euclidean distances, of shape $(N, M)$: in row $i$ and column $j$
#
# $$ d_{ij} = \sum_{k=1}^{D} (x_{ik} - y_{jk})^2 $$
#
# Two loops would do. Broadcasting does it in a line: if one array has shape $(N, 1, D)$ and the other $(1, M, D)$, then
# their difference has shape $(N, M, D)$, every row of the one against every row of the other. `x[:, None]` puts in an
# axis of length 1.
#
# **Whole numbers.** A pixel is often a `uint8`, a whole number from 0 to 255 in 8 bits. There is no −2 among them, so
# `np.uint8(3) - np.uint8(5)` is 254. Your function should be right for such arrays too: make numbers with a fraction
# of them first, `x.astype(float)`.

# %% nbgrader={"grade": false, "grade_id": "squared_distances", "locked": false, "schema_version": 3, "solution": true, "task": false}
def squared_distances(x, y):
    """Compute the squared Euclidean distance of every row of `x` from every row of `y`.

    Parameters
    ----------
    x : array (N, D)
        Points, one a row; whole numbers are allowed.
    y : array (M, D)
        Other points.

    Returns
    -------
    array (N, M)
        In row i and column j the squared distance of `x[i]` from `y[j]`.
    """
    ### BEGIN SOLUTION
    difference = x[:, None].astype(float) - y[None, :].astype(float)
    return (difference**2).sum(axis=2)
    ### END SOLUTION

# %% [markdown]
# Three points against two. The corner $(0, 0)$ is 3 away from $(3, 0)$, so 9 belongs into the first row.

# %% nbgrader={"grade": false, "grade_id": "try_squared_distances", "locked": true, "schema_version": 3, "solution": false, "task": false}
corners = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]])
print(squared_distances(corners, np.array([[0.0, 0.0], [3.0, 0.0]])))

# %% nbgrader={"grade": true, "grade_id": "test_squared_distances", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_squared_distances(squared_distances)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("squared_distances")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `x - y` without a new axis. With $N = M$ it runs, and compares the rows in pairs.
# - The sum over the wrong axis: the coordinates are on the last one.
# - `np.linalg.norm`, which takes the square root.

# %% [markdown]
# ## 0.3 The nearest one
#
# For each row of `x`, which row of `y` is nearest? Give its index, counted from 0. If several are equally near, give
# the smallest index.

# %% nbgrader={"grade": false, "grade_id": "nearest", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nearest(x, y):
    """Find for every row of `x` the row of `y` that is nearest to it.

    Parameters
    ----------
    x : array (N, D)
        Points, one a row.
    y : array (M, D)
        Other points, at least one.

    Returns
    -------
    array (N,) of int
        Indices of rows of `y`; the smallest one where several are equally near.
    """
    ### BEGIN SOLUTION
    return squared_distances(x, y).argmin(axis=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_nearest", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_nearest(nearest)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("nearest")
### END HIDDEN TESTS

# %% [markdown]
# ## What it looks like
#
# Every pixel of a square, coloured by the nearest of nine points: 40,000 rows against 9, in one call. *What you should
# see:* nine regions with straight borders, and in each of them one point.

# %% nbgrader={"grade": false, "grade_id": "plot_regions", "locked": true, "schema_version": 3, "solution": false, "task": false}
points = np.random.default_rng(0).uniform(size=(9, 2))
across = np.linspace(0, 1, 200)
pixels = np.stack(np.meshgrid(across, across), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(figsize=(4, 4))
axes.imshow(nearest(pixels, points).reshape(200, 200), origin="lower", extent=(0, 1, 0, 1), cmap="Pastel1")
axes.plot(*points.T, "k.", clip_on=False)
axes.set(title="The nearest of nine points", xlabel="first coordinate", ylabel="second coordinate")
plt.show()

# %% [markdown]
# ## Hand in
#
# Save this notebook. Then, in a terminal in its folder:
#
# ```
# python -m utils.submit YOUR-ID
# ```
#
# It runs the notebook from top to bottom in a fresh kernel, tells you what the checks say, and writes the file to upload.
# That's all; the next homework has more in it, and works the same.
