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
# # 3 · A recurrent network by hand
#
# A recurrent network reads a sequence one step at a time and keeps a *hidden state*: a vector in which it carries
# along whatever it needs to know about the steps so far. In this notebook you build one from nothing but NumPy: first
# a single step, then a whole sequence, and for both the way back, along which the gradients flow.
#
# **You will build** four functions: `rnn_step_forward`, `rnn_step_backward`, `rnn_forward` and `rnn_backward`. At the
# end, your own code learns to add binary numbers. Problem 5 puts the same four functions to work on image captions.
#
# **You will learn**
#
# - to read a computation graph forwards and backwards, and to turn it into a few lines of array code;
# - to derive gradients of matrix products, of broadcast sums and of elementwise functions, and to trust shapes as a
#   check;
# - what *backpropagation through time* is: the chain rule on a graph in which every step uses the same weights;
# - why a gradient fades or grows on its way back through many steps, which is what notebook 4 is about.
#
# **You need** NumPy's `@`, `reshape` and `sum(axis=...)`, and the chain rule. No framework, and no GPU.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 3.1 | `rnn_step_forward` | 2 |
# | 3.2 | the gradients of one step, a written derivation | 2 |
# | | `rnn_step_backward` | 3 |
# | 3.3 | `rnn_forward` | 2 |
# | 3.4 | backpropagation through time, a written derivation | 3 |
# | | `rnn_backward` | 3 |
# | | **together** | **15** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the
#   names, the order of the arguments and the shapes.
# - **Visible checks.** After each function there is a cell that begins with `check_`. It calls your function on small
#   arrays, prints a table with one line for each check, and stops with a message if something is wrong. Run it as
#   often as you like. Gradients are compared with slopes that are *measured* on your own forward function.
# - **Hidden tests.** After you hand in, the same functions are tested again, on other arrays: sizes that all differ,
#   one step, one sample, `float32` and `float64`, large values, slices of larger arrays. A mistake costs the points
#   of the tests that are about it, and no others.
# - **Derivations** are read by a person, line by line.
# - Not graded: style, speed, the dtype of a result, and what you put into a `cache`. A cache is a parcel from your
#   forward function to your own backward function; nobody else opens it.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: the whole
# notebook takes a minute at most.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np

from utils.checks import (
    check_rnn_backward,
    check_rnn_forward,
    check_rnn_step_backward,
    check_rnn_step_forward,
)
from utils.figures import log_axes
from utils.gradcheck import numerical_gradient
from utils.layers import sigmoid
from utils.start import start

settings = start("3_rnn", minutes=1)

# %% [markdown]
# ## Notation
#
# Samples are **rows**. A batch of $N$ samples with $D$ numbers each is an array of shape $(N, D)$, and a layer's
# weights stand on the right: $x W$. Sequences are **time first**, $(T, N, D)$, so that `x[t]` is the whole batch at
# one step.
#
# | symbol | in code | shape | what it is |
# |---|---|---|---|
# | $N$, $D$, $H$, $T$ | `N, D, H, T` | | batch size, size of the input, size of the hidden state, number of steps |
# | $x_t$ | `x`, or `x[t - 1]` of a sequence | $(N, D)$ | input at step $t$ |
# | $h_{t-1}$ | `prev_h` | $(N, H)$ | hidden state before step $t$ |
# | $h_0$ | `h0` | $(N, H)$ | hidden state before the first step |
# | $a_t$ | yours to name | $(N, H)$ | *pre-activation*: what goes into the $\tanh$ |
# | $h_t$ | `next_h`, or `h[t - 1]` of a sequence | $(N, H)$ | hidden state after step $t$ |
# | $W_x$ | `Wx` | $(D, H)$ | weights from input to state |
# | $W_h$ | `Wh` | $(H, H)$ | weights from state to state |
# | $b$ | `b` | $(H,)$ | bias |
# | $L$ | not in the code | a number | the loss, whatever it may be |
# | $\frac{\partial L}{\partial W_x}$ | `dWx` | $(D, H)$ | gradient of the loss; always shaped like the array below the line |
# | $\odot$ | `*` | | elementwise product; two symbols side by side are a matrix product, `@` |
#
# Formulas count steps from 1 to $T$, Python from 0 to $T - 1$: $x_1$ is `x[0]`.

# %% [markdown]
# ## 3.1 One step forward
#
# The new hidden state mixes the input with the old state, adds a bias, and is squeezed into $(-1, 1)$ by $\tanh$:
#
# $$ a_t = x_t W_x + h_{t-1} W_h + b $$
#
# $$ h_t = \tanh(a_t) $$
#
# ![Computation graph of one RNN step, from left to right. Top left, the input x_t of shape (N, D) goes into a matrix product with the weights W_x of shape (D, H). Below it, the previous hidden state h_(t-1) of shape (N, H) goes into a matrix product with the weights W_h of shape (H, H). Both products have shape (N, H). They are added, together with the bias b of shape (H,), and give the pre-activation a_t of shape (N, H). It goes through tanh, and out comes the hidden state h_t of shape (N, H). W_x, W_h and b are marked as parameters that are the same in every step.](figures/rnn_step.svg)
#
# The bias $b$ has shape $(H,)$ and is added to every one of the $N$ rows; NumPy's broadcasting does that by itself.

# %% [markdown]
# ### By hand
#
# Take two samples with one number each, and a hidden state of one number ($N = 2$, $D = H = 1$). Let $W_x = 0.6$,
# $W_h = -0.4$, $b = 0.1$.
#
# | sample | $x_t$ | $h_{t-1}$ | $x_t W_x$ | $h_{t-1} W_h$ | $b$ | $a_t$ | $h_t = \tanh(a_t)$ |
# |---:|---:|---:|---:|---:|---:|---:|---:|
# | 1 | 1.0 | 0.50 | 0.6 | −0.2 | 0.1 | 0.5 | 0.4621 |
# | 2 | −1.0 | 0.25 | −0.6 | −0.1 | 0.1 | −0.6 | −0.5370 |
#
# We shall meet this tiny step again on the way back.
#
# ### Your turn
#
# Write `rnn_step_forward`. It also returns a `cache`: anything you like, as long as your backward step finds in it
# what it needs. You can come back and change it when you know what that is.

# %% nbgrader={"grade": false, "grade_id": "rnn_step_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Take one step of a tanh RNN.

    Parameters
    ----------
    x : array (N, D)
        Input of this step.
    prev_h : array (N, H)
        Hidden state before this step.
    Wx : array (D, H)
        Weights from input to hidden state.
    Wh : array (H, H)
        Weights from hidden state to hidden state.
    b : array (H,)
        Bias.

    Returns
    -------
    next_h : array (N, H)
        Hidden state after this step.
    cache : any object
        What `rnn_step_backward` needs.
    """
    ### BEGIN SOLUTION
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    # The derivative of tanh needs only its output, so the pre-activation need not be kept.
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache
    ### END SOLUTION

# %% [markdown]
# Does your function agree with the step done by hand? It should print 0.4621 and −0.5370.

# %% nbgrader={"grade": false, "grade_id": "try_rnn_step_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
tiny_step = (
    np.array([[1.0], [-1.0]]),  # x, two samples
    np.array([[0.5], [0.25]]),  # prev_h
    np.array([[0.6]]),  # Wx
    np.array([[-0.4]]),  # Wh
    np.array([0.1]),  # b
)
next_h, _ = rnn_step_forward(*tiny_step)
print(np.round(next_h, 4))

# %% nbgrader={"grade": true, "grade_id": "test_rnn_step_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_rnn_step_forward(rnn_step_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("rnn_step_forward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `*` where `@` belongs. With square arrays it even runs, and gives other numbers.
# - Weights on the wrong side, or transposed. Rows are samples: $(N, D)$ times $(D, H)$ gives $(N, H)$, with no
#   transpose.
# - A bias that is reshaped to $(H, 1)$: with $N = H$ it broadcasts without an error, along the wrong axis.
# - `return next_h` without the cache.

# %% [markdown]
# ## 3.2 One step backward
#
# Somebody gives us $\frac{\partial L}{\partial h_t}$, in code `dnext_h`: how much the loss changes for a small change
# of each entry of $h_t$. We pass it on to everything that $h_t$ was made of. These are the tools.
#
# **Shapes.** $L$ is one number, so the gradient with respect to an array has the shape of that array. Write the shape
# under every factor of a product. When $N$, $D$ and $H$ are different, there is often only one product that fits.
#
# **The chain rule, entry by entry.** If $Y$ depends on $X$ and $L$ depends on $X$ only through $Y$, then every entry
# of $Y$ is a road from $X_{ij}$ to $L$, and the roads add up:
# $\frac{\partial L}{\partial X_{ij}} = \sum_{n,k} \frac{\partial L}{\partial Y_{nk}} \frac{\partial Y_{nk}}{\partial X_{ij}}$.
# For a matrix product $Y = X W$, write one entry out, $Y_{nk} = \sum_d X_{nd} W_{dk}$, and ask which of its entries
# contain $X_{ij}$, and which contain $W_{ij}$. Most terms of the double sum are zero. What is left is one sum, and
# one sum over an index that two arrays share is a matrix product again: see which of the two has to be transposed for
# it, and on which side it stands.
#
# **Elementwise functions.** If $y = \varphi(a)$ is applied to each entry, then $y_{nk}$ depends on $a_{nk}$ and on
# nothing else. The double sum shrinks to a single term, and for whole arrays to an elementwise product with
# $\varphi'(a)$.
#
# **A derivative in terms of the output.** Some functions save us work: for $y = e^a$ the derivative is $y$ itself, so
# who has kept the output need not keep the input. $\tanh$ is of that kind too. Start from
# $\tanh(a) = \frac{e^a - e^{-a}}{e^a + e^{-a}}$, use the quotient rule, and express the result by $\tanh(a)$ alone.
#
# **Used many times, summed over all uses.** When a value is used in several places, each use is a road to the loss.
# For a number $s$ with $y_1 = 2 s$ and $y_2 = 5 s$:
# $\frac{\partial L}{\partial s} = 2 \frac{\partial L}{\partial y_1} + 5 \frac{\partial L}{\partial y_2}$.
# Broadcasting is such a case: how often is each entry of $b$ used?

# %% [markdown]
# ### A slope that can be measured
#
# A gradient can always be checked, without any derivation: nudge one number up and down by a little, see how much the
# result changes, and divide. That is what the checks below do with your functions, by `utils.gradcheck`. Here it is
# at work on $e^a$, whose slope is $e^a$ itself. The two agree to about ten digits: enough to tell a right formula
# from a wrong one, and too few to ask for equality.

# %% nbgrader={"grade": false, "grade_id": "try_numerical_gradient", "locked": true, "schema_version": 3, "solution": false, "task": false}
a = np.array([-1.0, 0.0, 2.0])
measured, exact = numerical_gradient(np.exp, a), np.exp(a)
print("measured slope:", measured)
print("exact slope:   ", exact)
print("difference:    ", measured - exact)

# %% [markdown]
# ### Derive: the gradients of one step (2 points)
#
# Given $\frac{\partial L}{\partial h_t}$ of shape $(N, H)$ and what the forward step has computed, derive
#
# 1. $\frac{\partial L}{\partial x_t}$,
# 2. $\frac{\partial L}{\partial h_{t-1}}$,
# 3. $\frac{\partial L}{\partial W_x}$,
# 4. $\frac{\partial L}{\partial W_h}$,
# 5. $\frac{\partial L}{\partial b}$.
#
# Give each of them **as a formula for the whole batch, with its shape**, and a word of reason for every line. It
# helps to give the gradient of the pre-activation a name of its own: $\delta_t := \frac{\partial L}{\partial a_t}$.
#
# What exactly is $\frac{\partial L}{\partial h_t}$? You may read it in either of two ways, and both are accepted:
#
# - as the **total gradient** at step $t$: nudge $h_t$, let everything after it follow, and see how the loss changes;
# - as the **upstream gradient of step $t$ alone**: the loss reads $h_t$ directly, and what later steps have to say
#   about $h_t$ is added when the steps are put together in 3.4.
#
# For one step the formulas are the same: whatever comes in at $h_t$ is passed on.
#
# LaTeX between dollar signs is best. Plain text such as `dWx = ...` is accepted if it is clear which products are
# elementwise.

# %% [markdown] nbgrader={"grade": true, "grade_id": "derive_rnn_step_backward", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Names.** $\frac{\partial L}{\partial h_t}$, of shape $(N, H)$, is given, and
# $\delta_t := \frac{\partial L}{\partial a_t}$, of shape $(N, H)$, is the gradient of the pre-activation. The step is
#
# $$ a_t = x_t W_x + h_{t-1} W_h + b $$
#
# $$ h_t = \tanh(a_t) $$
#
# **1. Through the $\tanh$.** Entry $(n, k)$ of $h_t$ depends on the same entry of $a_t$ only. With $\sinh' = \cosh$
# and $\cosh' = \sinh$ the quotient rule gives $\tanh'(a) = \frac{\cosh^2 a - \sinh^2 a}{\cosh^2 a} = 1 - \tanh^2 a$,
# which at $(n, k)$ is $1 - (h_t)_{nk}^2$. So, elementwise,
#
# $$ \delta_t = \frac{\partial L}{\partial h_t} \odot \left( 1 - h_t^{2} \right) $$
#
# with shape $(N, H)$.
#
# **2. Through the sum.** $a_t$ is a sum of three terms, and the derivative of a sum with respect to a term is one:
# each of the three terms receives $\delta_t$ unchanged.
#
# **3. To the input.** Written out, $(a_t)_{nk} = \sum_d (x_t)_{nd} (W_x)_{dk} + \dots$, so $(x_t)_{nd}$ occurs in row
# $n$ alone, with the factor $(W_x)_{dk}$ in column $k$. By the chain rule
# $\frac{\partial L}{\partial (x_t)_{nd}} = \sum_k (\delta_t)_{nk} (W_x)_{dk}$. The sum runs over the second index of
# both, so the second factor is transposed:
#
# $$ \frac{\partial L}{\partial x_t} = \delta_t W_x^\top $$
#
# with shape $(N, H)(H, D) = (N, D)$.
#
# **4. To the previous state.** The same with $h_{t-1}$ and $W_h$ in place of $x_t$ and $W_x$:
#
# $$ \frac{\partial L}{\partial h_{t-1}} = \delta_t W_h^\top $$
#
# with shape $(N, H)(H, H) = (N, H)$.
#
# **5. To the weights of the input.** $(W_x)_{dk}$ occurs in column $k$ alone, but in every row $n$, with the factor
# $(x_t)_{nd}$: $\frac{\partial L}{\partial (W_x)_{dk}} = \sum_n (x_t)_{nd} (\delta_t)_{nk}$. The sum runs over the
# first index of both, so the first factor is transposed:
#
# $$ \frac{\partial L}{\partial W_x} = x_t^\top \delta_t $$
#
# with shape $(D, N)(N, H) = (D, H)$. The product sums over the batch by itself.
#
# **6. To the weights of the state.** In the same way
#
# $$ \frac{\partial L}{\partial W_h} = h_{t-1}^\top \delta_t $$
#
# with shape $(H, N)(N, H) = (H, H)$.
#
# **7. To the bias.** $b_k$ is added to column $k$ in every one of the $N$ rows, with the factor 1. The contributions
# of all rows add up; $( \cdot )_n$ is row $n$:
#
# $$ \frac{\partial L}{\partial b} = \sum_{n=1}^{N} \left( \delta_t \right)_{n} $$
#
# with shape $(H,)$.
#
# All formulas are linear in $\frac{\partial L}{\partial h_t}$, so they hold in either reading of it: what comes in at
# $h_t$, the whole gradient or a part of it, is passed on in the same way.

# %% [markdown]
# ### Numbers to aim at
#
# Back to the two samples of 3.1, with the loss $L = h_t^{(1)} + h_t^{(2)}$, the sum of both states, so that `dnext_h`
# is all ones. Nudge the first sample's input from 1 to 1.001: its state moves from 0.462117 to 0.462589. The slope is
# $0.000472 / 0.001 \approx 0.472$. Measured in this way, all slopes are
#
# | nudged | $x_t$, sample 1 | $x_t$, sample 2 | $h_{t-1}$, sample 1 | $h_{t-1}$, sample 2 | $W_x$ | $W_h$ | $b$ |
# |---|---:|---:|---:|---:|---:|---:|---:|
# | slope of $L$ | 0.4719 | 0.4269 | −0.3146 | −0.2846 | 0.0749 | 0.5711 | 1.4980 |
#
# Put the numbers into your formulas. If they don't agree, the derivation has a slip, and it is easier to find now
# than in code.
#
# ### Your turn
#
# Write `rnn_step_backward`. Its first argument is $\frac{\partial L}{\partial h_t}$, its second the cache that your
# own `rnn_step_forward` has made. Mind the order of the five results.

# %% nbgrader={"grade": false, "grade_id": "rnn_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_step_backward(dnext_h, cache):
    """Take one step of a tanh RNN backward.

    Parameters
    ----------
    dnext_h : array (N, H)
        Gradient of the loss with respect to the hidden state after this step.
    cache : any object
        As returned by `rnn_step_forward`.

    Returns
    -------
    dx : array (N, D)
        Gradient with respect to the input of this step.
    dprev_h : array (N, H)
        Gradient with respect to the hidden state before this step.
    dWx : array (D, H)
        Gradient with respect to the weights from input to hidden state.
    dWh : array (H, H)
        Gradient with respect to the weights from hidden state to hidden state.
    db : array (H,)
        Gradient with respect to the bias.
    """
    ### BEGIN SOLUTION
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_rnn_step_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
next_h, cache = rnn_step_forward(*tiny_step)
tiny_gradients = rnn_step_backward(np.ones_like(next_h), cache)
for name, gradient in zip(("dx", "dprev_h", "dWx", "dWh", "db"), tiny_gradients, strict=True):
    numbers = np.array2string(np.ravel(gradient), precision=4, suppress_small=True)
    print(f"{name:8} shape {str(np.shape(gradient)):7} {numbers}")

# %% nbgrader={"grade": true, "grade_id": "test_rnn_step_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_rnn_step_backward(rnn_step_backward, rnn_step_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("rnn_step_backward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The derivative of $\tanh$ is forgotten, or taken of the wrong array. Which of $a_t$ and $h_t$ does your formula
#   want?
# - One gradient is right and its neighbour is not: are they returned in the order that is asked for?
# - A gradient has the right shape only because two sizes happen to be equal. Try your function with $N$, $D$ and $H$
#   all different.
# - `db` has shape $(N, H)$, or is a single number: count the roads from one entry of $b$ to the loss.
# - `dnext_h *= ...` changes the caller's array. It costs no points here, but the next reader of that array gets a
#   surprise.

# %% [markdown]
# ## 3.3 A whole sequence forward
#
# Now chain $T$ steps. Every step takes the state that the step before has left, and **all steps use the same** $W_x$,
# $W_h$ and $b$. Drawn out in time, the network is a deep one with $T$ layers that share their weights.
#
# ![A recurrent network unrolled in time, from left to right: the initial state h_0, then step 1, step 2 and so on to step T. Each step t takes the input x_t from below and the hidden state h_(t-1) from the left, and gives the hidden state h_t to the right. One box above all steps holds W_x, W_h and b: one copy, used in every step. One box at the bottom is the loss L; an arrow leads to it from every hidden state h_1 to h_T. Dashed arrows show the gradient, which runs along every arrow in the opposite direction: from the loss up into every hidden state, from every step back to the state before it as far as h_0, down to every input, and up to the shared parameters.](figures/rnn_unrolled.svg)
#
# The result is the stack of all hidden states after the steps, $h_1$ to $h_T$, of shape $(T, N, H)$. The initial
# state $h_0$ is not in it.
#
# ### By hand
#
# One sample of one number ($N = D = H = 1$), three steps, the same weights as before and $h_0 = 0.5$:
#
# | $t$ | $x_t$ | $h_{t-1}$ | $a_t = 0.6\, x_t - 0.4\, h_{t-1} + 0.1$ | $h_t$ |
# |---:|---:|---:|---:|---:|
# | 1 | 1.0 | 0.5000 | 0.5000 | 0.4621 |
# | 2 | 0.0 | 0.4621 | −0.0848 | −0.0846 |
# | 3 | −1.0 | −0.0846 | −0.4661 | −0.4351 |
#
# ### Your turn
#
# Write `rnn_forward`. Calling your `rnn_step_forward` in a loop is a good solution. If you like, look for what does
# *not* have to wait for the step before: it can be computed for all steps in one matrix product, before the loop.

# %% nbgrader={"grade": false, "grade_id": "rnn_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_forward(x, h0, Wx, Wh, b):
    """Run a tanh RNN over a batch of sequences.

    Parameters
    ----------
    x : array (T, N, D)
        Inputs, time first.
    h0 : array (N, H)
        Hidden state before the first step.
    Wx : array (D, H)
        Weights from input to hidden state.
    Wh : array (H, H)
        Weights from hidden state to hidden state.
    b : array (H,)
        Bias.

    Returns
    -------
    h : array (T, N, H)
        Hidden states after each step.
    cache : any object
        What `rnn_backward` needs.
    """
    ### BEGIN SOLUTION
    T, N, D = x.shape
    H = Wh.shape[0]
    # The inputs don't wait for the recurrence: one product for all steps.
    from_x = (x.reshape(T * N, D) @ Wx).reshape(T, N, H)
    from_x += b  # in place: no second array of this size
    states = np.empty((T + 1, N, H), dtype=from_x.dtype)  # states[t] is h_t, with h_0 in front
    states[0] = h0
    for t in range(T):
        states[t + 1] = np.tanh(from_x[t] + states[t] @ Wh)
    cache = (x, states, Wx, Wh)
    return states[1:], cache
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_rnn_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
tiny_x = np.array([1.0, 0.0, -1.0]).reshape(3, 1, 1)
tiny_h0 = np.array([[0.5]])
h, _ = rnn_forward(tiny_x, tiny_h0, *tiny_step[2:])
print(np.round(h.ravel(), 4))

# %% nbgrader={"grade": true, "grade_id": "test_rnn_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_rnn_forward(rnn_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("rnn_forward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - Every step starts from `h0` instead of the state before it.
# - $h_0$ is in the result, or $h_T$ is missing.
# - Axes mixed up: `x[t]` is the whole batch at one step, `x[:, n]` the whole sequence of one sample.
# - One cache for all steps, overwritten in each turn of the loop. What will the backward function need of *each*
#   step?

# %% [markdown]
# ## 3.4 Backpropagation through time
#
# The loss may read every hidden state, so we are given one upstream gradient for each: `dh` of shape $(T, N, H)$, and
# `dh[t - 1]` belongs to $h_t$. In problem 5 each state predicts a word, and every word has its part of the loss. You
# have all the tools; this is how they apply to the unrolled graph.
#
# **Two roads out of $h_t$.** The loss reads $h_t$ directly, and step $t + 1$ uses it too. So a small change of $h_t$
# reaches the loss on more than one road, and we have to say which of them we mean. A small example: with $u = s^2$
# and $L = 3 s + u$, the derivative of $L$ with respect to $s$ is 3 if $u$ is held still, and $3 + 2 s$ if $u$
# follows. The first is one road's share, the second is the *total*. For the hidden state:
#
# - $g_t$ is the **upstream gradient of step $t$ alone**: how the loss changes with $h_t$ where it reads $h_t$
#   directly, all later states held still. It is what `dh[t - 1]` holds.
# - the **total gradient** is how the loss changes with $h_t$ when all later states follow.
#
# How the second is made of the first is the heart of the derivation.
#
# **An order in which everything is ready.** A total can be finished only when all roads that lead through later steps
# are finished. Where do you begin, and what is there to add at that place?
#
# **Used in every step.** $W_x$, $W_h$ and $b$ are used $T$ times. You know what that means for their gradients.
#
# **The end of the line.** $h_0$ is used by the first step, and by nothing else.

# %% [markdown]
# ### Derive: the gradients of a sequence (3 points)
#
# Given $g_t$ of shape $(N, H)$ for $t = 1, \dots, T$, and what the forward pass has computed, derive
#
# 1. how the gradient at step $t$ follows from $g_t$ and from step $t + 1$, and how the recursion begins at $t = T$,
# 2. $\frac{\partial L}{\partial x_t}$ for every $t$,
# 3. $\frac{\partial L}{\partial h_0}$,
# 4. $\frac{\partial L}{\partial W_x}$ and $\frac{\partial L}{\partial W_h}$,
# 5. $\frac{\partial L}{\partial b}$.
#
# Give each of them **with its shape**, and a word of reason for every line. You may use the results of 3.2 without
# deriving them again.
#
# Again both readings of $\frac{\partial L}{\partial h_t}$ are accepted; **say which one you use**:
#
# - **total**: $\frac{\partial L}{\partial h_t}$ contains all roads, and $g_t$ is a part of it;
# - **step $t$ alone**: $\frac{\partial L}{\partial h_t}$ is another name for $g_t$, and what comes from later steps
#   is accumulated backwards, under a name that you choose.
#
# In both, let $\delta_t$ be the gradient of the pre-activation $a_t$ with all roads counted. It is the same array in
# either reading.

# %% [markdown] nbgrader={"grade": true, "grade_id": "derive_rnn_backward", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# **Names.** $g_t$, of shape $(N, H)$, is the upstream gradient of step $t$ alone. $\frac{\partial L}{\partial h_t}$
# is the *total* gradient: all roads from $h_t$ to the loss. $\delta_t := \frac{\partial L}{\partial a_t}$ is the
# total gradient of the pre-activation, of shape $(N, H)$. For every step
#
# $$ a_t = x_t W_x + h_{t-1} W_h + b $$
#
# $$ h_t = \tanh(a_t) $$
#
# **1. Two roads out of $h_t$.** The loss reads $h_t$ directly, which contributes $g_t$. Step $t + 1$ uses it in
# $a_{t+1} = x_{t+1} W_x + h_t W_h + b$; by 3.2, with $t + 1$ in place of $t$, this road contributes
# $\delta_{t+1} W_h^\top$. There is no third road: all later steps see $h_t$ only through $a_{t+1}$. The roads add up:
#
# $$ \frac{\partial L}{\partial h_t} = g_t + \delta_{t+1} W_h^\top $$
#
# with shape $(N, H)$. The recursion begins at $t = T$: no step follows, so $\delta_{T+1} = 0$, and the total gradient
# of $h_T$ is $g_T$. From there it runs to $t = 1$.
#
# **2. Through the $\tanh$**, as in 3.2:
#
# $$ \delta_t = \frac{\partial L}{\partial h_t} \odot \left( 1 - h_t^{2} \right) $$
#
# Both together are one recursion in $\delta_t$ alone. This is also the form in which the second reading arrives at
# it: whoever calls $g_t$ "$\frac{\partial L}{\partial h_t}$" carries $\delta_{t+1} W_h^\top$ backwards separately and
# adds it here.
#
# $$ \delta_t = \left( g_t + \delta_{t+1} W_h^\top \right) \odot \left( 1 - h_t^{2} \right) $$
#
# with shape $(N, H)$.
#
# **3. To the inputs.** $x_t$ is used in step $t$ alone:
#
# $$ \frac{\partial L}{\partial x_t} = \delta_t W_x^\top $$
#
# with shape $(N, D)$ for every $t$.
#
# **4. To the initial state.** $h_0$ is used in step 1 alone, and the loss doesn't read it, so there is no $g_0$ to
# add:
#
# $$ \frac{\partial L}{\partial h_0} = \delta_1 W_h^\top $$
#
# with shape $(N, H)$.
#
# **5. To the weights.** The same $W_x$ and $W_h$ are used in every step. Each use contributes what 3.2 says, and the
# contributions add up:
#
# $$ \frac{\partial L}{\partial W_x} = \sum_{t=1}^{T} x_t^\top \delta_t $$
#
# with shape $(D, H)$, and
#
# $$ \frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} h_{t-1}^\top \delta_t $$
#
# with shape $(H, H)$. In step 1 the state is $h_0$; $h_T$ is multiplied by $W_h$ nowhere and doesn't occur.
#
# **6. To the bias.** It is added in every step to every row:
#
# $$ \frac{\partial L}{\partial b} = \sum_{t=1}^{T} \sum_{n=1}^{N} \left( \delta_t \right)_{n} $$
#
# with shape $(H,)$.

# %% [markdown]
# ### Numbers to aim at
#
# The three steps by hand of 3.3 again, for two losses. The first reads every state, so that `dh` is all ones; the
# second reads only the last one, so that `dh` is $0, 0, 1$. The measured slopes are
#
# | nudged | $x_1$ | $x_2$ | $x_3$ | $h_0$ | $W_x$ | $W_h$ | $b$ |
# |---|---:|---:|---:|---:|---:|---:|---:|
# | slope of $L = h_1 + h_2 + h_3$ | 0.3452 | 0.4025 | 0.4864 | −0.2302 | −0.2353 | 0.5291 | 2.0570 |
# | slope of $L = h_3$ | 0.0608 | −0.1932 | 0.4864 | −0.0405 | −0.7094 | −0.1668 | 0.5900 |
#
# Why has $x_3$ the same slope in both rows, and $x_1$ not?
#
# ### Your turn
#
# Write `rnn_backward`. With `rnn_step_backward` it is a loop of a few lines, backwards in time. What the loop needs
# to carry from one turn to the next is in your derivation; what doesn't need the loop can again be done for all steps
# at once.

# %% nbgrader={"grade": false, "grade_id": "rnn_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_backward(dh, cache):
    """Run a tanh RNN backward over a batch of sequences.

    Parameters
    ----------
    dh : array (T, N, H)
        Upstream gradient of each hidden state alone, without what comes from later steps.
    cache : any object
        As returned by `rnn_forward`.

    Returns
    -------
    dx : array (T, N, D)
        Gradient with respect to the inputs.
    dh0 : array (N, H)
        Gradient with respect to the initial hidden state.
    dWx : array (D, H)
        Gradient with respect to the weights from input to hidden state.
    dWh : array (H, H)
        Gradient with respect to the weights from hidden state to hidden state.
    db : array (H,)
        Gradient with respect to the bias.
    """
    ### BEGIN SOLUTION
    x, states, Wx, Wh = cache
    T, N, D = x.shape
    H = Wh.shape[0]
    Wh_T = np.ascontiguousarray(Wh.T)  # needed in every step, so its rows are laid out in memory once
    da = np.empty_like(states[1:])
    dprev_h = np.zeros_like(states[0])  # nothing follows the last step
    for t in reversed(range(T)):
        da[t] = (dh[t] + dprev_h) * (1 - states[t + 1] ** 2)
        dprev_h = da[t] @ Wh_T
    # Steps and samples are both summed over, so they may share an axis: one product for all.
    da_rows = da.reshape(T * N, H)
    dx = (da_rows @ Wx.T).reshape(T, N, D)
    dWx = x.reshape(T * N, D).T @ da_rows
    dWh = states[:-1].reshape(T * N, H).T @ da_rows
    return dx, dprev_h, dWx, dWh, da_rows.sum(axis=0)
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "try_rnn_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
for loss, upstream in (("h1 + h2 + h3", [1.0, 1.0, 1.0]), ("h3", [0.0, 0.0, 1.0])):
    _, cache = rnn_forward(tiny_x, tiny_h0, *tiny_step[2:])
    tiny_gradients = rnn_backward(np.array(upstream).reshape(3, 1, 1), cache)
    print("L =", loss)
    for name, gradient in zip(("dx", "dh0", "dWx", "dWh", "db"), tiny_gradients, strict=True):
        print(f"    {name:4}", np.array2string(np.ravel(gradient), precision=4, suppress_small=True))

# %% nbgrader={"grade": true, "grade_id": "test_rnn_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check_rnn_backward(rnn_backward, rnn_forward)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("rnn_backward")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - Only one road: the gradient from step $t + 1$ is dropped, or `dh[t]` is.
# - The weights' gradients are those of one step: `=` in the loop where a sum belongs.
# - The loop runs forwards in time.
# - Off by one: the state that belongs to $W_h$ in step $t$ is the one *before* the step.
# - `dh[t] += ...` is a natural thing to write, and gives the right result, but it changes the caller's array. No
#   points hang on it; a variable of its own is the better habit.
# - The first call is right and the second is not: something is left over from the call before.
#
# ### What takes the time
#
# No points, but worth knowing before problem 5, where these functions run thousands of times. Nearly all of the
# arithmetic is in the matrix products, so it pays to hand them over well.
#
# - **Few large products instead of many small ones.** What doesn't wait for another step is done for all steps at
#   once: the inputs' part of $a_t$ before the loop; after it the gradients of inputs and weights, whose sums over $t$
#   and over the batch are one sum over $T N$ rows. Only $h_{t-1} W_h$ and $\delta_t W_h^\top$ have to stay in the
#   loops.
# - **Matrices that lie in memory as they are read.** `Wh.T` costs nothing, since it moves nothing: it is another way to
#   look at `Wh`, and each product reads it across its rows. If the same one is needed in every step,
#   `np.ascontiguousarray(Wh.T)` before the loop writes it down once in the right order. Small products are clearly
#   faster then; for large ones it hardly matters.

# %% [markdown]
# ## What it is good for: learning to add
#
# All of your functions are done; no more points from here on. Let's see them learn something.
#
# The network is to add two binary numbers of 8 bits, as we do it on paper: from the last digit to the first, one
# column at a step. At every step it sees two bits and must say the bit of the sum. For this it has to remember the
# carry, one single bit, and nobody tells it so: it must find out that there is such a thing, and keep it in its
# hidden state.

# %% nbgrader={"grade": false, "grade_id": "addition_batch", "locked": true, "schema_version": 3, "solution": false, "task": false}
def addition_batch(rng, bits, count):
    """Draw pairs of binary numbers, lowest bit first.

    Returns the pairs, (bits, count, 2), as -1 and +1, and their sums, (bits, count), as 0 and 1.
    """
    summands = rng.integers(0, 2, size=(bits, count, 2))
    sums = np.empty((bits, count), dtype=int)
    carry = np.zeros(count, dtype=int)
    for t in range(bits):
        total = summands[t].sum(axis=1) + carry
        sums[t], carry = total % 2, total // 2
    return 2.0 * summands - 1.0, sums


def number(bits):
    """The whole number that has these bits, lowest first."""
    return sum(int(bit) << place for place, bit in enumerate(bits))


x, y = addition_batch(np.random.default_rng(3), bits=8, count=1)
first, second = (x[::-1, 0].T > 0).astype(int)
print("  ", *first, "\n+ ", *second, "\n= ", *y[::-1, 0], "  (modulo 256)")

# %% [markdown]
# The score of a step is a weighted sum of the hidden state, `h @ w`; a positive score says "1". The loss is the
# logistic loss, averaged over all bits. Its gradient goes back through the score into every hidden state, and from
# there your `rnn_backward` does the rest. Plain gradient descent, a hundred steps, eight hidden units.

# %% nbgrader={"grade": false, "grade_id": "train_addition", "locked": true, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng(0)
N, T, D, H = 32, 8, 2, 8
Wx, Wh, b = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / np.sqrt(H), np.zeros(H)
w = rng.normal(size=H) / np.sqrt(H)
learning_rate, losses = 3.0, []

for _ in range(100):
    x, y = addition_batch(rng, bits=T, count=N)
    h, cache = rnn_forward(x, np.zeros((N, H)), Wx, Wh, b)
    score = h @ w  # (T, N)
    losses.append(np.mean(np.logaddexp(0.0, score) - y * score))

    dscore = (sigmoid(score) - y) / y.size
    dw = np.einsum("tnh,tn->h", h, dscore)
    _, _, dWx, dWh, db = rnn_backward(dscore[:, :, None] * w, cache)
    for parameter, gradient in ((Wx, dWx), (Wh, dWh), (b, db), (w, dw)):
        parameter -= learning_rate * gradient

# %% nbgrader={"grade": false, "grade_id": "plot_addition", "locked": true, "schema_version": 3, "solution": false, "task": false}
axes = log_axes(xlabel="step of gradient descent", ylabel="loss per bit", title="An RNN learns to add")
axes.plot(losses)
axes.axhline(np.log(2), color="gray", linestyle="--")
axes.text(0.98, np.log(2) * 1.1, "a coin flip for every bit", ha="right", color="dimgray",
          transform=axes.get_yaxis_transform())
axes.set_ylim(top=2)
plt.show()

# %% [markdown]
# *What you should see:* the loss begins near $\log 2 \approx 0.69$, a coin flip for every bit. Within thirty steps
# it falls to less than a tenth of that, when the carry is found, and then goes on falling slowly, to about 0.006.
#
# Has it learnt to add, or only to add eight bits? Give it numbers of 64 bits, which it has never seen.

# %% nbgrader={"grade": false, "grade_id": "test_addition_length", "locked": true, "schema_version": 3, "solution": false, "task": false}
x, y = addition_batch(np.random.default_rng(1), bits=64, count=300)
h, _ = rnn_forward(x, np.zeros((300, H)), Wx, Wh, b)
said = (h @ w > 0).astype(int)
print(f"sums of 64 bits that are right in every bit: {np.mean((said == y).all(axis=0)):.1%}")

print(f"{number(x[:, 0, 0] > 0)} + {number(x[:, 0, 1] > 0)}")
print(f"  the network says {number(said[:, 0])}, modulo 2**64")
print(f"  the right sum is {number(y[:, 0])}")

# %% [markdown]
# A rule that is applied at every step doesn't care how many steps there are: that is what sharing the weights buys.

# %% [markdown]
# ## How far back does a gradient reach?
#
# The carry has to be kept for one step only. What if something matters forty steps later? Let the loss read the
# *last* state alone, and see how much of the gradient arrives at each input, for recurrent weights that keep the
# length of a vector ($W_h$ is a rotation) times a factor: 0.8, 1.0 and 1.2. The inputs are tiny, so that every
# $\tanh$ stays close to 0, where it does nearly nothing.

# %% nbgrader={"grade": false, "grade_id": "plot_reach", "locked": true, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng(0)
N, T, D, H = 16, 40, 4, 16
x, Wx = 1e-4 * rng.normal(size=(T, N, D)), rng.normal(size=(D, H))
rotation, _ = np.linalg.qr(rng.normal(size=(H, H)))
dh = np.zeros((T, N, H))
dh[-1] = rng.normal(size=(N, H))

axes = log_axes(xlabel="step t", ylabel="norm of dL/dx_t", title="The way back from the last step")
for factor, style in ((0.8, "-"), (1.0, "--"), (1.2, ":")):
    _, cache = rnn_forward(x, np.zeros((N, H)), Wx, factor * rotation, np.zeros(H))
    dx = rnn_backward(dh.copy(), cache)[0]
    reach = np.linalg.norm(dx, axis=(1, 2))
    axes.plot(np.arange(1, T + 1), reach, style, label=f"{factor} × rotation")
axes.legend(title="recurrent weights", loc="lower right")
plt.show()

# %% [markdown]
# *What you should see:* a straight line on a logarithmic axis is a fixed factor at every step. With 0.8 the gradient
# *vanishes*: four orders of magnitude are lost in forty steps, and the last state has next to nothing to say to the
# first inputs. With 1.2 it *explodes* by three orders. Only a factor close to 1 hands the gradient on, and nothing
# keeps the weights there during training.
#
# **To think about** (not graded)
#
# 1. Your recursion for $\delta_t$ multiplies by two things in each step. Which of them can only shrink a gradient,
#    and which can do both?
# 2. Change `1e-4` to `1.0` in a copy of the cell, so that the states are no longer small. What does it do to the
#    three curves, and why?
# 3. A remedy for exploding gradients is to scale them down when their norm is too large. Why is there no such remedy
#    for vanishing ones?
#
# Notebook 4 builds the answer that has served longest: a network with a second state, through which the gradient can
# pass unharmed.
#
# **To read on**
#
# - J. L. Elman, *Finding structure in time*, Cognitive Science 14 (1990): the network of this notebook, and what it
#   learns.
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78 (1990).
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013: vanishing
#   and exploding gradients.
# - PyTorch's `torch.nn.RNN` computes the same steps; its weights are stored transposed, and it has two biases, which
#   are added.
