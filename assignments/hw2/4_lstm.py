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
# # 4 · An LSTM by hand
#
# The plain recurrent network of notebook 3 squeezes its whole memory through a matrix and a $\tanh$ at every step,
# and a gradient that comes back through many steps fades or explodes. The *long short-term memory* keeps a second
# state beside the hidden one: the **cell state**, which is changed by little more than a product and a sum at each
# step. Three *gates*, numbers between 0 and 1 that the network computes anew at every step, decide what is kept, what
# is written and what is shown.
#
# **You will build** four functions in NumPy: `lstm_step_forward`, `lstm_step_backward`, `lstm_forward` and
# `lstm_backward`. At the end you see with your own code how far back a gradient reaches, and what a single number,
# the forget gate's bias, has to do with it.
#
# **You will learn**
#
# - how gates make a memory that can be kept, changed and read;
# - to compute four gates in one matrix product, and to keep apart whose columns are whose;
# - to follow a gradient through a graph in which it has more than one road to take;
# - why an LSTM can learn what lies far back, and when it can't.
#
# **You need** notebook 3. The affine part of a step, $x_t W_x + h_{t-1} W_h + b$, is the same, and so are its
# gradients.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 4.1 | `lstm_step_forward` | 2 |
# | 4.2 | the gradients of one step, a written derivation | 2 |
# | | `lstm_step_backward` | 3 |
# | 4.3 | `lstm_forward` | 2 |
# | 4.4 | backpropagation through time, a written derivation | 3 |
# | | `lstm_backward` | 3 |
# | | **together** | **15** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the
#   names, the order of the arguments, the shapes, and **the order of the gates**.
# - **Visible checks.** After each function there is a cell that begins with `check_`. It calls your function on small
#   arrays, prints a table with one line for each check, and stops with a message if something is wrong. Run it as
#   often as you like.
# - **Hidden tests.** After you hand in, the same functions are tested again, on other arrays: sizes that all differ,
#   one step, one sample, `float32` and `float64`, large values, slices of larger arrays. A mistake costs the points
#   of the tests that are about it, and no others.
# - **Derivations** are read by a person, line by line.
# - Not graded: style, speed, the dtype of a result, and what you put into a `cache`.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: the whole
# notebook takes a minute at most.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np

from utils.checks import (
    check_lstm_backward,
    check_lstm_forward,
    check_lstm_step_backward,
    check_lstm_step_forward,
)
from utils.figures import log_axes
from utils.layers import sigmoid
from utils.start import start

settings = start("4_lstm", minutes=1)

# %% [markdown]
# ## Notation
#
# As in notebook 3: samples are **rows**, weights stand on the right, sequences are **time first**.
#
# | symbol | in code | shape | what it is |
# |---|---|---|---|
# | $N$, $D$, $H$, $T$ | `N, D, H, T` | | batch size, size of the input, size of the states, number of steps |
# | $x_t$ | `x`, or `x[t - 1]` of a sequence | $(N, D)$ | input at step $t$ |
# | $h_{t-1}$, $h_t$ | `prev_h`, `next_h` | $(N, H)$ | hidden state before and after step $t$ |
# | $c_{t-1}$, $c_t$ | `prev_c`, `next_c` | $(N, H)$ | cell state before and after step $t$ |
# | $a_t$ | yours to name | $(N, 4H)$ | pre-activations of all gates, side by side |
# | $a_t^f$, $a_t^i$, $a_t^{\tilde c}$, $a_t^o$ | yours to name | $(N, H)$ each | the four blocks of $a_t$ |
# | $f_t$ | yours to name | $(N, H)$ | *forget* gate: how much of the old cell state is kept |
# | $i_t$ | yours to name | $(N, H)$ | *input* gate: how much of the candidate is written |
# | $\tilde{c}_t$ | yours to name | $(N, H)$ | *candidate*: what would be written |
# | $o_t$ | yours to name | $(N, H)$ | *output* gate: how much of the cell state is shown |
# | $W_x$ | `Wx` | $(D, 4H)$ | weights from input to gates |
# | $W_h$ | `Wh` | $(H, 4H)$ | weights from hidden state to gates |
# | $b$ | `b` | $(4H,)$ | bias |
# | $L$ | not in the code | a number | the loss |
# | $\odot$ | `*` | | elementwise product; two symbols side by side are a matrix product, `@` |
# | $\sigma$ | `sigmoid` | | $\sigma(a) = 1 / (1 + e^{-a})$, elementwise |
#
# ### The order of the gates
#
# The gates share $W_x$, $W_h$ and $b$. Their columns lie side by side in the order **forget, input, candidate,
# output**:
#
# | columns of `Wx`, `Wh`, `b` | `0:H` | `H:2H` | `2H:3H` | `3H:4H` |
# |---|---|---|---|---|
# | gate | forget $f$ | input $i$ | candidate $\tilde{c}$ | output $o$ |
# | function | $\sigma$ | $\sigma$ | $\tanh$ | $\sigma$ |
#
# Other libraries choose other orders. Here, and in problem 5, it is always this one.

# %% [markdown]
# ## 4.1 One step forward
#
# First all pre-activations, in one matrix product for each of the inputs, then a function for every block:
#
# $$ a_t = x_t W_x + h_{t-1} W_h + b $$
#
# $$ f_t = \sigma(a_t^f) $$
#
# $$ i_t = \sigma(a_t^i) $$
#
# $$ \tilde{c}_t = \tanh(a_t^{\tilde c}) $$
#
# $$ o_t = \sigma(a_t^o) $$
#
# Then the two states. The cell state keeps a part of the old one and takes in a part of the candidate; the hidden
# state shows a part of the cell state:
#
# $$ c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t $$
#
# $$ h_t = o_t \odot \tanh(c_t) $$
#
# ![Computation graph of one LSTM step. At the bottom, the input x_t of shape (N, D) goes into a matrix product with W_x of shape (D, 4H), and the previous hidden state h_(t-1) of shape (N, H) into a matrix product with W_h of shape (H, 4H). Both products and the bias b of shape (4H,) are added and give the pre-activations a_t of shape (N, 4H). They are four blocks side by side: columns 0 to H for the forget gate, H to 2H for the input gate, 2H to 3H for the candidate, 3H to 4H for the output gate. Above them, the sigmoid turns the first block into f_t, the second into i_t and the fourth into o_t, and tanh turns the third into the candidate c-tilde_t, all of shape (N, H). At the top a thick line carries the cell state from left to right: c_(t-1) is multiplied elementwise by f_t, then the elementwise product of i_t and c-tilde_t is added, and the result is c_t. A branch of c_t goes down through tanh and is multiplied elementwise by o_t, which gives the hidden state h_t on the right.](figures/lstm_step.svg)

# %% [markdown]
# ### By hand
#
# One sample, one number each ($N = D = H = 1$), so that every gate has one column: $x_t = 1$, $h_{t-1} = 0.5$,
# $c_{t-1} = 2$.
#
# | | forget | input | candidate | output |
# |---|---:|---:|---:|---:|
# | $W_x$ | 0.6 | −0.8 | 0.4 | 1.0 |
# | $W_h$ | 0.8 | 0.4 | 0.4 | 0.0 |
# | $b$ | 1.0 | 0.0 | 0.0 | −1.0 |
# | $a_t = x_t W_x + h_{t-1} W_h + b$ | 2.0 | −0.6 | 0.6 | 0.0 |
# | function | $\sigma$ | $\sigma$ | $\tanh$ | $\sigma$ |
# | gate | 0.8808 | 0.3543 | 0.5370 | 0.5000 |
#
# The cell state becomes $0.8808 \cdot 2 + 0.3543 \cdot 0.5370 = 1.9519$, the hidden state
# $0.5 \cdot \tanh(1.9519) = 0.5 \cdot 0.9605 = 0.4802$. Most of the old memory was kept, a little was added, and half
# of it is shown.
#
# ### A sigmoid that doesn't overflow
#
# $1 / (1 + e^{-a})$ taken literally asks for $e^{1000}$ when $a = -1000$, and NumPy complains. You are given
# `sigmoid` from `utils.layers`, which is right for numbers of any size. (Another way out is to expand the fraction by
# $e^{a/2}$, which gives $\sigma(a) = \frac{1}{2} \left( 1 + \tanh \frac{a}{2} \right)$: a sigmoid is a $\tanh$,
# stretched and shifted. In NumPy that is the faster one.)

# %% nbgrader={"grade": false, "grade_id": "try_sigmoid", "locked": true, "schema_version": 3, "solution": false, "task": false}
print(sigmoid(np.array([-1000.0, -2.0, 0.0, 2.0, 1000.0])))

# %% [markdown]
# ### Your turn
#
# Write `lstm_step_forward`. Compute $a_t$ in one go, then take it apart; `np.split` can do that, and so can slices.
# As before, the `cache` is for your own backward step.

# %% nbgrader={"grade": false, "grade_id": "lstm_step_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Take one step of an LSTM.

    Parameters
    ----------
    x : array (N, D)
        Input of this step.
    prev_h : array (N, H)
        Hidden state before this step.
    prev_c : array (N, H)
        Cell state before this step.
    Wx : array (D, 4H)
        Weights from input to the gates forget, input, candidate, output, in this order.
    Wh : array (H, 4H)
        Weights from hidden state to the gates, in the same order.
    b : array (4H,)
        Biases of the gates, in the same order.

    Returns
    -------
    next_h : array (N, H)
        Hidden state after this step.
    next_c : array (N, H)
        Cell state after this step.
    cache : any object
        What `lstm_step_backward` needs.
    """
    ### BEGIN SOLUTION
    a_f, a_i, a_c, a_o = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    f, i, candidate, o = sigmoid(a_f), sigmoid(a_i), np.tanh(a_c), sigmoid(a_o)
    next_c = f * prev_c + i * candidate
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    cache = (x, prev_h, prev_c, Wx, Wh, f, i, candidate, o, tanh_c)
    return next_h, next_c, cache
    ### END SOLUTION

# %% [markdown]
# Does it agree with the step done by hand? It should print 0.4802 and 1.9519.

# %% nbgrader={"grade": false, "grade_id": "try_lstm_step_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
tiny_step = (
    np.array([[1.0]]),  # x
    np.array([[0.5]]),  # prev_h
    np.array([[2.0]]),  # prev_c
    np.array([[0.6, -0.8, 0.4, 1.0]]),  # Wx
    np.array([[0.8, 0.4, 0.4, 0.0]]),  # Wh
    np.array([1.0, 0.0, 0.0, -1.0]),  # b
)
next_h, next_c, _ = lstm_step_forward(*tiny_step)
print("next_h", np.round(next_h, 4), "  next_c", np.round(next_c, 4))

# %% nbgrader={"grade": true, "grade_id": "test_lstm_step_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_lstm_step_forward(lstm_step_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("lstm_step_forward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - Gates in another order, often input before forget, or output before candidate.
# - The sigmoid on all four blocks. Only three of them are gates in the strict sense; the candidate has a sign.
# - $h_t$ is made of the old cell state instead of the new one, or without the second $\tanh$.
# - Cutting along the wrong axis: the gates lie side by side in the columns.
# - `next_h` and `next_c` returned in the other order.

# %% [markdown]
# ## 4.2 One step backward
#
# The step has two results, and we are given a gradient for each. `dnext_h` belongs to $h_t$, `dnext_c` to $c_t$, **as
# if they went two separate ways** into the rest of the computation: `dnext_c` says how the loss changes with $c_t$
# when $h_t$ is held still. In the formulas:
#
# - $\frac{\partial L}{\partial h_t}$ is `dnext_h`, of shape $(N, H)$;
# - $g_t^c$ is `dnext_c`, of shape $(N, H)$: the share of $c_t$ that comes from later steps through their cell states,
#   and nothing else.
#
# The tools are those of notebook 3, and a few more.
#
# **The affine part** is an old acquaintance: $a_t = x_t W_x + h_{t-1} W_h + b$ with $4H$ columns instead of $H$. You
# have derived its gradients in 3.2 and may use them. So the task is to get as far as
# $\delta_t := \frac{\partial L}{\partial a_t}$.
#
# **Side by side.** Every column of $a_t$ belongs to one gate only. The gradient of an array that is made of blocks is
# made of the blocks' gradients, in the same places and the same order.
#
# **The sigmoid's derivative** can be written with its output alone, like that of $\tanh$. Start from
# $\sigma(a) = \frac{1}{1 + e^{-a}}$, differentiate, and look for $\sigma(a)$ in the result. It helps that
# $1 - \sigma(a) = \frac{e^{-a}}{1 + e^{-a}}$.
#
# **The product rule, elementwise.** For $y = u \odot v$, a small change of $u$ is multiplied by $v$ on its way into
# $y$, and the other way round.
#
# **Count the roads.** Look at the figure of 4.1: every arrow that leaves a node is a road on which a gradient comes
# back to it, and all that come back to one node are added up *before* going on. How many arrows leave $c_t$?
#
# **Work in order.** Go from the results to the inputs, and finish a node only when all its roads are in: a good order
# is $o_t$ and $c_t$, then what $c_t$ was made of, then the pre-activations, then the inputs and the weights.

# %% [markdown]
# ### Derive: the gradients of one step (2 points)
#
# Given $\frac{\partial L}{\partial h_t}$ and $g_t^c$, both of shape $(N, H)$, and what the forward step has computed,
# derive
#
# 1. the gradients of $c_t$ and of the four gates $f_t$, $i_t$, $\tilde{c}_t$, $o_t$,
# 2. the gradients of the pre-activations $a_t^f$, $a_t^i$, $a_t^{\tilde c}$, $a_t^o$, and from them $\delta_t$,
# 3. $\frac{\partial L}{\partial x_t}$, $\frac{\partial L}{\partial h_{t-1}}$ and
#    $\frac{\partial L}{\partial c_{t-1}}$,
# 4. $\frac{\partial L}{\partial W_x}$, $\frac{\partial L}{\partial W_h}$ and $\frac{\partial L}{\partial b}$.
#
# Give each of them **as a formula for the whole batch, with its shape**, and a word of reason for every line. You may
# write the weights' gradients for all four gates at once or gate by gate.
#
# As in notebook 3, both readings are accepted. $\frac{\partial L}{\partial h_t}$ may be the **total gradient** at
# step $t$ or the **upstream gradient of step $t$ alone**; for one step the formulas are the same.
# $\frac{\partial L}{\partial c_t}$ may be the total, all roads counted, or you may keep that symbol for what we call
# $g_t^c$ and give the total another name. **Say which.**

# %% [markdown] nbgrader={"grade": true, "grade_id": "derive_lstm_step_backward", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Names.** $\frac{\partial L}{\partial h_t}$ is given. $g_t^c$, given as well, is what later steps send back to
# $c_t$ through their cell states. $\frac{\partial L}{\partial c_t}$ is the *total* gradient of $c_t$: all roads.
# $\delta_t := \frac{\partial L}{\partial a_t}$, of shape $(N, 4H)$. Everything else has shape $(N, H)$ where nothing
# is said.
#
# **1. The output gate.** In $h_t = o_t \odot \tanh(c_t)$ a change of $o_t$ is multiplied by $\tanh(c_t)$:
#
# $$ \frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t) $$
#
# **2. The cell state.** Two arrows leave $c_t$. One goes to the next step and brings back $g_t^c$. The other goes
# into $h_t$: a change of $c_t$ is multiplied by $\tanh'(c_t) = 1 - \tanh^2(c_t)$, then by $o_t$. The roads add up:
#
# $$ \frac{\partial L}{\partial c_t} = g_t^c + \frac{\partial L}{\partial h_t} \odot o_t \odot \left( 1 - \tanh(c_t)^{2} \right) $$
#
# **3. What $c_t$ is made of.** In $c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t$ each factor is multiplied by its
# partner, and the sum passes the gradient on unchanged:
#
# $$ \frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1} $$
#
# $$ \frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} \odot \tilde{c}_t $$
#
# $$ \frac{\partial L}{\partial \tilde{c}_t} = \frac{\partial L}{\partial c_t} \odot i_t $$
#
# $$ \frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial c_t} \odot f_t $$
#
# The last one is already one of the results, with shape $(N, H)$: within step $t$ the old cell state is used here and
# nowhere else.
#
# **4. The gates' functions.** For the sigmoid
# $\sigma'(a) = \frac{e^{-a}}{(1 + e^{-a})^2} = \frac{1}{1 + e^{-a}} \cdot \frac{e^{-a}}{1 + e^{-a}} = \sigma(a) (1 - \sigma(a))$;
# for $\tanh$ it is $1 - \tanh^2(a)$. In terms of the outputs:
#
# $$ \frac{\partial L}{\partial a_t^f} = \frac{\partial L}{\partial f_t} \odot f_t \odot \left( 1 - f_t \right) $$
#
# $$ \frac{\partial L}{\partial a_t^i} = \frac{\partial L}{\partial i_t} \odot i_t \odot \left( 1 - i_t \right) $$
#
# $$ \frac{\partial L}{\partial a_t^{\tilde c}} = \frac{\partial L}{\partial \tilde{c}_t} \odot \left( 1 - \tilde{c}_t^{2} \right) $$
#
# $$ \frac{\partial L}{\partial a_t^o} = \frac{\partial L}{\partial o_t} \odot o_t \odot \left( 1 - o_t \right) $$
#
# **5. Side by side**, in the order of the columns of $W_x$, $W_h$ and $b$:
#
# $$ \delta_t = \left[ \frac{\partial L}{\partial a_t^f} \; \frac{\partial L}{\partial a_t^i} \; \frac{\partial L}{\partial a_t^{\tilde c}} \; \frac{\partial L}{\partial a_t^o} \right] $$
#
# with shape $(N, 4H)$.
#
# **6. The affine part.** $a_t = x_t W_x + h_{t-1} W_h + b$ is that of 3.2 with $4H$ columns. The gates' shares in the
# gradient of $x_t$ and of $h_{t-1}$ are added up by the matrix product, which sums over all $4H$ columns:
#
# $$ \frac{\partial L}{\partial x_t} = \delta_t W_x^\top $$
#
# with shape $(N, 4H)(4H, D) = (N, D)$,
#
# $$ \frac{\partial L}{\partial h_{t-1}} = \delta_t W_h^\top $$
#
# with shape $(N, 4H)(4H, H) = (N, H)$,
#
# $$ \frac{\partial L}{\partial W_x} = x_t^\top \delta_t $$
#
# with shape $(D, N)(N, 4H) = (D, 4H)$,
#
# $$ \frac{\partial L}{\partial W_h} = h_{t-1}^\top \delta_t $$
#
# with shape $(H, N)(N, 4H) = (H, 4H)$. The bias is added to every row, so its gradient is the sum of the rows:
#
# $$ \frac{\partial L}{\partial b} = \sum_{n=1}^{N} \left( \delta_t \right)_{n} $$
#
# with shape $(4H,)$. Gate by gate the same says, for example,
# $\frac{\partial L}{\partial W_x^f} = x_t^\top \frac{\partial L}{\partial a_t^f}$, which is the first block of
# $\frac{\partial L}{\partial W_x}$.
#
# All formulas are linear in $\frac{\partial L}{\partial h_t}$ and $g_t^c$ together, so they hold in either reading.

# %% [markdown]
# ### Numbers to aim at
#
# The step by hand of 4.1 again, for two losses: $L = h_t$, that is `dnext_h` 1 and `dnext_c` 0; and $L = c_t$, that
# is `dnext_h` 0 and `dnext_c` 1. All slopes, measured by nudging one number at a time; four numbers are the four
# gates in order:
#
# | nudged | slope of $L = h_t$ | slope of $L = c_t$ |
# |---|---|---|
# | $x_t$ | 0.2451 | 0.1286 |
# | $h_{t-1}$ | 0.0123 | 0.3180 |
# | $c_{t-1}$ | 0.0341 | 0.8808 |
# | $W_x$ | 0.0081, 0.0048, 0.0098, 0.2401 | 0.2100, 0.1229, 0.2521, 0.0000 |
# | $W_h$ | 0.0041, 0.0024, 0.0049, 0.1201 | 0.1050, 0.0614, 0.1261, 0.0000 |
# | $b$ | 0.0081, 0.0048, 0.0098, 0.2401 | 0.2100, 0.1229, 0.2521, 0.0000 |
#
# Why is the last gate's slope zero in the second column? And the 0.8808: where have you seen it before?
#
# ### Your turn
#
# Write `lstm_step_backward`. Mind the order of the six results.

# %% nbgrader={"grade": false, "grade_id": "lstm_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step_backward(dnext_h, dnext_c, cache):
    """Take one step of an LSTM backward.

    Parameters
    ----------
    dnext_h : array (N, H)
        Gradient of the loss with respect to the hidden state after this step.
    dnext_c : array (N, H)
        Gradient with respect to the cell state after this step, without the road through `next_h`.
    cache : any object
        As returned by `lstm_step_forward`.

    Returns
    -------
    dx : array (N, D)
        Gradient with respect to the input of this step.
    dprev_h : array (N, H)
        Gradient with respect to the hidden state before this step.
    dprev_c : array (N, H)
        Gradient with respect to the cell state before this step.
    dWx : array (D, 4H)
        Gradient with respect to the weights from input to gates, in the order of the gates.
    dWh : array (H, 4H)
        Gradient with respect to the weights from hidden state to gates, in the order of the gates.
    db : array (4H,)
        Gradient with respect to the biases, in the order of the gates.
    """
    ### BEGIN SOLUTION
    x, prev_h, prev_c, Wx, Wh, f, i, candidate, o, tanh_c = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    da = np.concatenate(
        [
            dc * prev_c * f * (1 - f),
            dc * candidate * i * (1 - i),
            dc * i * (1 - candidate**2),
            dnext_h * tanh_c * o * (1 - o),
        ],
        axis=1,
    )
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_lstm_step_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
one, zero = np.ones((1, 1)), np.zeros((1, 1))
for loss, dnext_h, dnext_c in (("next_h", one, zero), ("next_c", zero, one)):
    _, _, cache = lstm_step_forward(*tiny_step)
    tiny_gradients = lstm_step_backward(dnext_h, dnext_c, cache)
    print("L =", loss)
    names = ("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db")
    for name, gradient in zip(names, tiny_gradients, strict=True):
        numbers = np.array2string(np.ravel(gradient), precision=4, suppress_small=True)
        print(f"    {name:8} shape {str(np.shape(gradient)):7} {numbers}")

# %% nbgrader={"grade": true, "grade_id": "test_lstm_step_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_lstm_step_backward(lstm_step_backward, lstm_step_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("lstm_step_backward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - One of the two roads into $c_t$ is missing, or the second one is added too late, when some gates have already been
#   computed.
# - A derivative is taken of the wrong array: which $\tanh$ belongs to which value?
# - `dprev_c` is `None`, zeros, or what came in.
# - The gradients are put side by side in another order than the weights.
# - The right partner in the product rule: what is $f_t$ multiplied by, the old cell state or the new one?

# %% [markdown]
# ## 4.3 A whole sequence forward
#
# Now chain $T$ steps. Two states pass from step to step. The **initial cell state is zero**; it is no argument. Only
# the hidden states are returned, $h_1$ to $h_T$ as an array of shape $(T, N, H)$: the cell state is the network's own
# business, which nobody outside gets to see.
#
# ![An LSTM unrolled in time, from left to right. On the left are the two initial states, the cell state c_0, which is zeros, above the hidden state h_0. Then come step 1, step 2 and so on to step T. Along the top, a thick line carries the cell state from step to step; within each step it passes one elementwise product and one sum, which take what the gates send up. In the middle, the hidden state h_(t-1) from the left and the input x_t from below go into the box of the gates f, i, c-tilde and o of step t. From the new cell state a branch goes down through tanh into an elementwise product with the output gate, which gives the hidden state h_t; it goes on to the next step. At the bottom is the loss L; an arrow leads to it from every hidden state, and none from a cell state. Dashed arrows show the gradient, which runs in the opposite direction: from the loss into every hidden state, from there through the step's product and tanh up to its cell state and into its gates, back from step to step on two lines, along the hidden states and along the cell states, from the cell state's product and sum down into the gates, and from the gates down to every input. Nothing comes into c_T from the right.](figures/lstm_unrolled.svg)
#
# ### By hand
#
# The weights of 4.1, three steps, $h_0 = 0.5$, and the cell state begins at zero:
#
# | $t$ | $x_t$ | $f_t$ | $i_t$ | $\tilde{c}_t$ | $o_t$ | $c_t$ | $h_t$ |
# |---:|---:|---:|---:|---:|---:|---:|---:|
# | 1 | 1.0 | 0.8808 | 0.3543 | 0.5370 | 0.5000 | 0.1903 | 0.0940 |
# | 2 | 0.0 | 0.7456 | 0.5094 | 0.0376 | 0.2689 | 0.1610 | 0.0429 |
# | 3 | −1.0 | 0.6069 | 0.6936 | −0.3652 | 0.1192 | −0.1556 | −0.0184 |
#
# ### Your turn
#
# Write `lstm_forward`. A loop over your `lstm_step_forward` is a good solution; computing the inputs' part of all
# pre-activations before the loop is a faster one.

# %% nbgrader={"grade": false, "grade_id": "lstm_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_forward(x, h0, Wx, Wh, b):
    """Run an LSTM over a batch of sequences, from a cell state of zero.

    Parameters
    ----------
    x : array (T, N, D)
        Inputs, time first.
    h0 : array (N, H)
        Hidden state before the first step.
    Wx : array (D, 4H)
        Weights from input to the gates forget, input, candidate, output, in this order.
    Wh : array (H, 4H)
        Weights from hidden state to the gates, in the same order.
    b : array (4H,)
        Biases of the gates, in the same order.

    Returns
    -------
    h : array (T, N, H)
        Hidden states after each step.
    cache : any object
        What `lstm_backward` needs.
    """
    ### BEGIN SOLUTION
    def fast_sigmoid(a):
        return 0.5 * np.tanh(0.5 * a) + 0.5  # the same function: a tanh, stretched and shifted

    T, N, D = x.shape
    H = Wh.shape[0]
    # The inputs don't wait for the recurrence: one product for all steps and gates.
    from_x = (x.reshape(T * N, D) @ Wx).reshape(T, N, 4 * H)
    from_x += b  # in place: no second array of this size
    gates = np.empty((4, T, N, H), dtype=from_x.dtype)  # gate first: what one gate does in a step is one block
    f, i, candidate, o = gates  # views, filled in step by step
    tanh_c = np.empty_like(f)
    h = np.empty((T + 1, N, H), dtype=from_x.dtype)  # h[t] is h_t, with h_0 in front
    h[0] = h0
    c = np.zeros_like(h)  # c[t] is c_t, with c_0 = 0 in front
    for t in range(T):
        a_f, a_i, a_c, a_o = (from_x[t] + h[t] @ Wh).reshape(N, 4, H).swapaxes(0, 1)
        f[t], i[t], candidate[t], o[t] = fast_sigmoid(a_f), fast_sigmoid(a_i), np.tanh(a_c), fast_sigmoid(a_o)
        c[t + 1] = f[t] * c[t] + i[t] * candidate[t]
        tanh_c[t] = np.tanh(c[t + 1])
        h[t + 1] = o[t] * tanh_c[t]
    cache = (x, h[:-1], c[:-1], Wx, Wh, gates, tanh_c)
    return h[1:], cache
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_lstm_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
tiny_x = np.array([1.0, 0.0, -1.0]).reshape(3, 1, 1)
tiny_h0 = np.array([[0.5]])
h, _ = lstm_forward(tiny_x, tiny_h0, *tiny_step[3:])
print(np.round(h.ravel(), 4))

# %% nbgrader={"grade": true, "grade_id": "test_lstm_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_lstm_forward(lstm_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("lstm_forward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The cell state is started anew at every step, or started from $h_0$.
# - $h_0$ is in the result, or $h_T$ is missing.
# - The cell states are returned instead of the hidden ones.
# - One cache for all steps, overwritten in each turn of the loop.

# %% [markdown]
# ## 4.4 Backpropagation through time
#
# As in notebook 3 the loss may read every hidden state, and `dh[t - 1]` is the upstream gradient $g_t$ of $h_t$
# alone. New is that *two* states lead from one step into the next, so *two* gradients come back. The tools are in
# your hands already; ask these questions:
#
# - Which arrows leave $h_t$ in the unrolled figure, and which leave $c_t$? Does the loss read a cell state?
# - What does step $t + 1$ send back to $h_t$, and what to $c_t$? You have derived both in 4.2, with other indices.
# - In which order can $\frac{\partial L}{\partial h_t}$ and $\frac{\partial L}{\partial c_t}$ be finished? One of
#   them needs the other.
# - Where do the two recursions begin, and what is there to add at that place?
# - $c_0$ is a constant. Is there a gradient to return for it?

# %% [markdown]
# ### Derive: the gradients of a sequence (3 points)
#
# Given $g_t$ of shape $(N, H)$ for $t = 1, \dots, T$, and what the forward pass has computed, derive
#
# 1. how the gradients at $h_t$ and at $c_t$ follow from $g_t$ and from step $t + 1$, and how the recursions begin at
#    $t = T$,
# 2. the gradients of the pre-activations, and $\frac{\partial L}{\partial x_t}$ for every $t$,
# 3. $\frac{\partial L}{\partial h_0}$,
# 4. $\frac{\partial L}{\partial W_x}$ and $\frac{\partial L}{\partial W_h}$,
# 5. $\frac{\partial L}{\partial b}$.
#
# Give each of them **with its shape**, and a word of reason for every line. You may use the results of 3.2, 3.4 and
# 4.2 without deriving them again.
#
# Both readings are accepted; **say which one you use**:
#
# - **total**: $\frac{\partial L}{\partial h_t}$ and $\frac{\partial L}{\partial c_t}$ contain all roads, and $g_t$ is
#   a part of the first;
# - **step $t$ alone**: $\frac{\partial L}{\partial h_t}$ is another name for $g_t$, and what comes from later steps
#   is accumulated backwards, under names that you choose.
#
# In both, let $\delta_t$ be the gradient of the pre-activations $a_t$ with all roads counted. It is the same array in
# either reading.

# %% [markdown] nbgrader={"grade": true, "grade_id": "derive_lstm_backward", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# **Names.** $g_t$, of shape $(N, H)$, is the upstream gradient of $h_t$ alone. $\frac{\partial L}{\partial h_t}$ and
# $\frac{\partial L}{\partial c_t}$ are *total* gradients: all roads to the loss.
# $\delta_t := \frac{\partial L}{\partial a_t}$ is the total gradient of the pre-activations, of shape $(N, 4H)$.
# Everything else has shape $(N, H)$ where nothing is said.
#
# **1. The hidden state.** $h_t$ is used by the loss, which contributes $g_t$, and in the pre-activations of step
# $t + 1$, which by 4.2 contribute $\delta_{t+1} W_h^\top$. The gates of step $t + 1$ are the only way in which later
# steps see $h_t$:
#
# $$ \frac{\partial L}{\partial h_t} = g_t + \delta_{t+1} W_h^\top $$
#
# **2. The cell state.** $c_t$ is used in $h_t$, and in $c_{t+1} = f_{t+1} \odot c_t + i_{t+1} \odot \tilde{c}_{t+1}$.
# The loss doesn't read it. The first road is that of 4.2, now with the *total* gradient of $h_t$, which is why step 1
# comes first. The second is $\frac{\partial L}{\partial c_{t+1}} \odot f_{t+1}$; it is what 4.2 called $g_t^c$:
#
# $$ \frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot o_t \odot \left( 1 - \tanh(c_t)^{2} \right) + \frac{\partial L}{\partial c_{t+1}} \odot f_{t+1} $$
#
# The recursions begin at $t = T$. No step follows, so $\delta_{T+1} = 0$ and
# $\frac{\partial L}{\partial c_{T+1}} = 0$: the total gradient of $h_T$ is $g_T$, and that of $c_T$ has the first
# road only. From there they run to $t = 1$.
#
# Whoever reads $\frac{\partial L}{\partial h_t}$ as the upstream gradient of step $t$ alone carries
# $\delta_{t+1} W_h^\top$ and $\frac{\partial L}{\partial c_{t+1}} \odot f_{t+1}$ backwards and adds them at the same
# places; with $g_t$ written for the former, this is
#
# $$ \frac{\partial L}{\partial c_t} = \left( g_t + \delta_{t+1} W_h^\top \right) \odot o_t \odot \left( 1 - \tanh(c_t)^{2} \right) + \frac{\partial L}{\partial c_{t+1}} \odot f_{t+1} $$
#
# **3. The pre-activations**, as in 4.2, each gate's partner times the derivative of its function:
#
# $$ \frac{\partial L}{\partial a_t^f} = \frac{\partial L}{\partial c_t} \odot c_{t-1} \odot f_t \odot \left( 1 - f_t \right) $$
#
# $$ \frac{\partial L}{\partial a_t^i} = \frac{\partial L}{\partial c_t} \odot \tilde{c}_t \odot i_t \odot \left( 1 - i_t \right) $$
#
# $$ \frac{\partial L}{\partial a_t^{\tilde c}} = \frac{\partial L}{\partial c_t} \odot i_t \odot \left( 1 - \tilde{c}_t^{2} \right) $$
#
# $$ \frac{\partial L}{\partial a_t^o} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t) \odot o_t \odot \left( 1 - o_t \right) $$
#
# $$ \delta_t = \left[ \frac{\partial L}{\partial a_t^f} \; \frac{\partial L}{\partial a_t^i} \; \frac{\partial L}{\partial a_t^{\tilde c}} \; \frac{\partial L}{\partial a_t^o} \right] $$
#
# with shape $(N, 4H)$. In step 1, $c_0 = 0$, so the forget gate's block is zero there.
#
# **4. To the inputs.** $x_t$ is used in step $t$ alone:
#
# $$ \frac{\partial L}{\partial x_t} = \delta_t W_x^\top $$
#
# with shape $(N, D)$ for every $t$.
#
# **5. To the initial state.** $h_0$ is used in the gates of step 1 alone, and the loss doesn't read it:
#
# $$ \frac{\partial L}{\partial h_0} = \delta_1 W_h^\top $$
#
# with shape $(N, 4H)(4H, H) = (N, H)$; every gate contributes one term, and the matrix product adds them. $c_0$ is a
# constant, so no gradient is returned for it.
#
# **6. To the weights.** They are used in every step, and the contributions of all steps add up:
#
# $$ \frac{\partial L}{\partial W_x} = \sum_{t=1}^{T} x_t^\top \delta_t $$
#
# with shape $(D, 4H)$, and
#
# $$ \frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} h_{t-1}^\top \delta_t $$
#
# with shape $(H, 4H)$.
#
# **7. To the bias.** It is added in every step to every row:
#
# $$ \frac{\partial L}{\partial b} = \sum_{t=1}^{T} \sum_{n=1}^{N} \left( \delta_t \right)_{n} $$
#
# with shape $(4H,)$.

# %% [markdown]
# ### Numbers to aim at
#
# The three steps by hand of 4.3, for two losses: one that reads every hidden state, one that reads only the last.
#
# | nudged | slope of $L = h_1 + h_2 + h_3$ | slope of $L = h_3$ |
# |---|---|---|
# | $x_1$, $x_2$, $x_3$ | 0.0528, 0.1063, 0.0217 | 0.0010, 0.0178, 0.0217 |
# | $h_0$ | 0.1162 | 0.0100 |
# | $W_x$ | −0.0045, 0.1042, 0.1254, 0.0670 | −0.0045, 0.0173, −0.0531, 0.0171 |
# | $W_h$ | 0.0013, 0.0475, 0.1169, 0.0277 | 0.0005, 0.0038, 0.0152, −0.0002 |
# | $b$ | 0.0167, 0.0893, 0.4382, 0.0668 | 0.0073, −0.0001, 0.1265, −0.0145 |
#
# ### Your turn
#
# Write `lstm_backward`. The loop carries two gradients from one turn to the next.

# %% nbgrader={"grade": false, "grade_id": "lstm_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_backward(dh, cache):
    """Run an LSTM backward over a batch of sequences.

    Parameters
    ----------
    dh : array (T, N, H)
        Upstream gradient of each hidden state alone, without what comes from later steps.
    cache : any object
        As returned by `lstm_forward`.

    Returns
    -------
    dx : array (T, N, D)
        Gradient with respect to the inputs.
    dh0 : array (N, H)
        Gradient with respect to the initial hidden state.
    dWx : array (D, 4H)
        Gradient with respect to the weights from input to gates, in the order of the gates.
    dWh : array (H, 4H)
        Gradient with respect to the weights from hidden state to gates, in the order of the gates.
    db : array (4H,)
        Gradient with respect to the biases, in the order of the gates.
    """
    ### BEGIN SOLUTION
    x, prev_h, prev_c, Wx, Wh, (f, i, candidate, o), tanh_c = cache
    T, N, D = x.shape
    H = Wh.shape[0]
    Wh_T = np.ascontiguousarray(Wh.T)  # needed in every step, so its rows are laid out in memory once
    da = np.empty((T, N, 4, H), dtype=tanh_c.dtype)
    dprev_h = np.zeros_like(prev_h[0])  # nothing follows the last step
    dprev_c = np.zeros_like(prev_c[0])
    for t in reversed(range(T)):
        dnext_h = dh[t] + dprev_h
        dnext_c = dprev_c + dnext_h * o[t] * (1 - tanh_c[t] ** 2)
        da[t, :, 0] = dnext_c * prev_c[t] * f[t] * (1 - f[t])
        da[t, :, 1] = dnext_c * candidate[t] * i[t] * (1 - i[t])
        da[t, :, 2] = dnext_c * i[t] * (1 - candidate[t] ** 2)
        da[t, :, 3] = dnext_h * tanh_c[t] * o[t] * (1 - o[t])
        dprev_h = da[t].reshape(N, 4 * H) @ Wh_T
        dprev_c = dnext_c * f[t]

    # Steps and samples are both summed over, so they may share an axis: one product for all.
    da_rows = da.reshape(T * N, 4 * H)
    dx = (da_rows @ Wx.T).reshape(T, N, D)
    dWx = x.reshape(T * N, D).T @ da_rows
    dWh = prev_h.reshape(T * N, H).T @ da_rows
    return dx, dprev_h, dWx, dWh, da_rows.sum(axis=0)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_lstm_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
for loss, upstream in (("h1 + h2 + h3", [1.0, 1.0, 1.0]), ("h3", [0.0, 0.0, 1.0])):
    _, cache = lstm_forward(tiny_x, tiny_h0, *tiny_step[3:])
    tiny_gradients = lstm_backward(np.array(upstream).reshape(3, 1, 1), cache)
    print("L =", loss)
    for name, gradient in zip(("dx", "dh0", "dWx", "dWh", "db"), tiny_gradients, strict=True):
        print(f"    {name:4}", np.array2string(np.ravel(gradient), precision=4, suppress_small=True))

# %% nbgrader={"grade": true, "grade_id": "test_lstm_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_lstm_backward(lstm_backward, lstm_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("lstm_backward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The gradient of the cell state isn't carried from step to step; everything is right for $T = 1$ and wrong beyond.
# - The forget gate of the wrong step: whose $f$ did $c_t$ meet on its way into $c_{t+1}$?
# - The cell state's gradient is made from `dh[t]` before the next step's share has been added to it.
# - The weights' gradients are those of one step only.
# - `dh[t] += ...` gives the right result and changes the caller's array. No points hang on it; a variable of its own
#   is the better habit.
#
# ### What takes the time
#
# No points, but worth knowing before problem 5, where these functions run thousands of times. What notebook 3 says of
# few large products and of `np.ascontiguousarray(Wh.T)` holds here too, and more so: the four gates share each product.
# Beside the products there is more elementwise work than in notebook 3, and two things keep it small.
#
# - **A gate as a block.** $f_t$ as a slice of an array $(N, 4H)$ lies in memory in $N$ pieces with gaps between them.
#   Every operation has to step over the gaps, and each gate is used in several. An array for each gate, filled once a
#   step, has no gaps.
# - **One step at a time.** It is tempting to compute something like $f \odot (1 - f)$ for all steps at once, before
#   the loop. For small arrays that saves calls. But large ones fit into the processor's cache only as long as they are
#   those of one step, and fetching those of all steps from memory again and again costs more than the calls.
#
# The sigmoid by way of $\tanh$, from 4.1, does the rest.

# %% [markdown]
# ## How far back does a gradient reach?
#
# All of your functions are done; no more points from here on. Notebook 3 ended with a gradient that faded on its way
# back. Here is the same experiment with your LSTM: the loss reads the last hidden state alone, and we look at how
# much of the gradient arrives at the input of each step. All weights and inputs are the same in the four runs. Only
# one thing changes: the **bias of the forget gate**.

# %% nbgrader={"grade": false, "grade_id": "plot_reach", "locked": true, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng(0)
N, T, D, H = 16, 60, 4, 16
x = rng.normal(size=(T, N, D))
Wx = rng.normal(size=(D, 4 * H)) / np.sqrt(D)
Wh = 0.5 * rng.normal(size=(H, 4 * H)) / np.sqrt(H)
dh = np.zeros((T, N, H))
dh[-1] = rng.normal(size=(N, H))

axes = log_axes(xlabel="step t", ylabel="norm of dL/dx_t", title="The way back from the last step")
for forget_bias, style in ((4, "-"), (2, "--"), (0, "-."), (-2, ":")):
    b = np.zeros(4 * H)
    b[:H] = forget_bias
    _, cache = lstm_forward(x, np.zeros((N, H)), Wx, Wh, b)
    dx = lstm_backward(dh.copy(), cache)[0]
    reach = np.linalg.norm(dx, axis=(1, 2))
    label = f"{forget_bias}: keeps about {sigmoid(forget_bias):.0%}"
    axes.plot(np.arange(1, T + 1), reach, style, label=label)
axes.set_ylim(1e-16, 1e2)
axes.legend(title="bias of the forget gate")
plt.show()

# %% [markdown]
# *What you should see:* every curve begins on the right at about the same height, and the slope of its way to the
# left is set by the bias. With a bias of −2 the gate is nearly closed, and the gradient is gone after twenty steps.
# With 0, where many programs begin, it is open by half, and after sixty steps fourteen orders of magnitude are lost.
# With 4 it is open, and the gradient of the first input is about as large as that of the fiftieth.
#
# Look at your recursion for $\frac{\partial L}{\partial c_t}$: what is the gradient multiplied by in every step,
# along the cell state alone? Compare with the recursion for $\delta_t$ in notebook 3. Nothing keeps the factor of the
# plain network near 1; here the network can learn to hold it there.

# %% [markdown]
# ## Does it matter for learning?
#
# A task with nothing in it but memory: the first input is a bit, $-1$ or $+1$. Twenty-nine steps of weak noise
# follow. At the end the network is to say what the bit was. We train three LSTMs that differ in the forget gate's
# bias at the beginning and in nothing else, by plain gradient descent; since steps can be wild on such a task, a
# gradient that is longer than 0.1 is scaled down to that length.

# %% nbgrader={"grade": false, "grade_id": "train_memory", "locked": true, "schema_version": 3, "solution": false, "task": false}
def train_memory(forget_bias, updates=150, N=32, T=30, H=8, learning_rate=1.0, longest=0.1):
    """Train an LSTM to recall its first input after T steps; returns the loss at each update."""
    rng = np.random.default_rng(0)
    Wx = rng.normal(size=(1, 4 * H))
    Wh = 0.1 * rng.normal(size=(H, 4 * H)) / np.sqrt(H)
    b = np.zeros(4 * H)
    b[:H] = forget_bias
    w = rng.normal(size=H) / np.sqrt(H)
    losses = []
    for _ in range(updates):
        bit = rng.integers(0, 2, size=N)
        x = 0.1 * rng.normal(size=(T, N, 1))
        x[0, :, 0] = 2 * bit - 1

        h, cache = lstm_forward(x, np.zeros((N, H)), Wx, Wh, b)
        score = h[-1] @ w
        losses.append(np.mean(np.logaddexp(0.0, score) - bit * score))

        dscore = (sigmoid(score) - bit) / N
        dw = h[-1].T @ dscore
        dh = np.zeros((T, N, H))
        dh[-1] = dscore[:, None] * w
        _, _, dWx, dWh, db = lstm_backward(dh, cache)
        length = np.sqrt(sum(np.sum(gradient**2) for gradient in (dWx, dWh, db, dw)))
        rate = learning_rate * longest / max(length, longest)
        for parameter, gradient in ((Wx, dWx), (Wh, dWh), (b, db), (w, dw)):
            parameter -= rate * gradient
    return losses

# %% nbgrader={"grade": false, "grade_id": "plot_memory", "locked": true, "schema_version": 3, "solution": false, "task": false}
axes = log_axes(xlabel="update", ylabel="loss", title="Remembering one bit for thirty steps")
for forget_bias, style in ((4, "-"), (2, "--"), (0, "-.")):
    axes.plot(train_memory(forget_bias), style, label=str(forget_bias))
axes.axhline(np.log(2), color="gray", linewidth=0.8)
axes.text(0, np.log(2) * 1.1, "a coin flip", ha="left", va="bottom", color="dimgray")
axes.set_ylim(top=2)
axes.legend(title="bias of the forget gate", loc="center right")
plt.show()

# %% [markdown]
# *What you should see:* with a bias of 2 or 4 the loss falls within some dozens of updates. With 0 it stays on the
# gray line, at $\log 2 \approx 0.69$: the network could do the task, but no gradient from the end tells its beginning
# what to do. Setting the forget gate's bias to 1 or 2 at the start is an old and cheap trick, and now you know what
# it is for.
#
# **To think about** (not graded)
#
# 1. With a forget gate that is always open, what stands between the cell state and growing without bound?
# 2. Two roads lead back from step to step. Which of them do the plots show at work, and what would be left without
#    it?
# 3. A *gated recurrent unit* makes do with one state, $h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde{h}_t$. Where
#    is the road that keeps the gradient alive?
#
# In problem 5 your `lstm_forward` and `lstm_backward` write captions for images.
#
# **To read on**
#
# - S. Hochreiter, J. Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997): the cell state, without a
#   forget gate.
# - F. A. Gers, J. Schmidhuber, F. Cummins, *Learning to forget: continual prediction with LSTM*, Neural Computation
#   12 (2000): the forget gate.
# - R. Jozefowicz, W. Zaremba, I. Sutskever, *An empirical exploration of recurrent network architectures*, ICML 2015:
#   its bias.
# - PyTorch's `torch.nn.LSTM` computes the same steps; its weights are stored transposed, with the gates in the order
#   input, forget, candidate, output, and with two biases, which are added.
