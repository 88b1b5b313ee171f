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
# # 6 · Is it praise? Classifying sentences
#
# A guest writes one sentence. Is it praise, or a complaint? In this notebook you build five models that answer, each a
# step beyond the one before: first a bag of words, at the end an LSTM that reads the sentence from left to right. All
# five see the same sentences and are trained by the same few lines, so that what differs is the model alone.
#
# **You will build** five small PyTorch classes, `BagOfWords`, `EmbeddingAverage`, `GloveAverage`, `GloveRNN` and
# `GloveLSTM`, train each of them, and let it predict the labels of sentences that nobody has labelled.
#
# **You will learn**
#
# - to handle sentences of different lengths in one batch, so that padding never counts;
# - what a word vector is, where its numbers come from, and what vectors trained on other texts are good for;
# - what a model can't know as long as it doesn't look at the order of the words, and what one gains that does;
# - to choose hyperparameters on one set of sentences and to report on another.
#
# **You need** PyTorch's `nn.Module`, and what problems 3 and 4 have taught you about recurrent networks; from here on
# PyTorch computes the gradients. A GPU is used if there is one, and not needed.

# %% [markdown]
# ## Points, and how your work is checked
#
# | part | what you give | points |
# |---|---|---:|
# | 6.1 | `BagOfWords` | 2 |
# | | the trained model, and its predictions | 2 |
# | 6.2 | `EmbeddingAverage` | 2 |
# | | the trained model, and its predictions | 2 |
# | 6.3 | `embedding_matrix` | 1 |
# | | `GloveAverage` | 1 |
# | | the trained model, and its predictions | 2 |
# | 6.4 | `GloveRNN` | 2 |
# | | the trained model, and its predictions | 2 |
# | 6.5 | `GloveLSTM` | 2 |
# | | the trained model, and its predictions | 2 |
# | | **together** | **20** |
#
# - Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Keep the names
#   of classes and functions, and the order of the arguments; you may add arguments that have defaults.
# - **Visible checks.** A cell that begins with `check_` tries your class on small made-up sentences, prints a table,
#   and stops with a message if something is wrong. After training, `check_trained` compares the accuracy on the *dev*
#   sentences with the goal, and looks at the file of predictions.
# - **Hidden tests.** After you hand in, the whole notebook is run, and then the same is tested again: your classes on
#   other numbers, and your trained models on sentences that you have not seen.
# - Not graded: how you compute it, how long it takes (within reason), which layers of PyTorch you use, how you choose
#   your hyperparameters, and any accuracy beyond the goal.
#
# Run the cells from top to bottom. Before you hand in, restart the kernel and run all of them once more: in the
# `smoke` profile the whole notebook takes a minute.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from utils.checks.text import (
    check_bag_of_words,
    check_embedding_average,
    check_embedding_matrix,
    check_glove_average,
    check_glove_lstm,
    check_glove_rnn,
    check_trained,
)
from utils.data import load_glove, load_sentiment
from utils.settings import settings_for
from utils.start import start
from utils.text import (
    PAD,
    encode,
    encode_corpus,
    fit,
    logits,
    plot_probabilities,
    plot_training,
    predict,
    probabilities,
    report,
    show_results,
    write_predictions,
)

settings = start("6_text_classification", minutes=1, gpu=True)
choices = settings_for("6_text_classification", settings.profile)

# %% [markdown]
# ## The data
#
# Every sentence is a list of *tokens*: words, and punctuation marks that count as words. Somebody has already split
# them; numbers have become `_num_`. The label is 1 for praise and 0 for a complaint.
#
# There are four *splits*. From the **training** sentences a model learns. The **dev** sentences are for you: on them
# you compare models and choose hyperparameters. The **test** sentences are there to report one number at the end; who
# chooses by them reports too good a number. The **unlabelled** sentences have no labels, and your models will predict
# them.

# %% nbgrader={"grade": false, "grade_id": "load_sentences", "locked": true, "schema_version": 3, "solution": false, "task": false}
sentences = load_sentiment(settings)
for name in ("train", "dev", "test"):
    split = getattr(sentences, name)
    print(f"{name:10} {len(split.tokens):6,} sentences, {np.mean(split.labels):.0%} of them praise")
print(f"{'unlabelled':10} {len(sentences.unlabelled):6,} sentences")

rng = np.random.default_rng(6)
for place in rng.choice(len(sentences.train.tokens), size=8, replace=False):
    print(sentences.train.labels[place], " ".join(sentences.train.tokens[place]))

# %% [markdown]
# ### Words become numbers
#
# The *vocabulary* gives every word of the training sentences a number. Two entries are no words:
#
# | number | entry | what it is for |
# |---:|---|---|
# | 0 | `<pad>` | fills up short sentences; it is no part of any sentence |
# | 1 | `<unk>` | stands for every word that the training sentences don't have |
# | 2, 3, ... | the words | frequent ones first |
#
# The other splits do hold words that training never saw. How many sentences does that concern?

# %% nbgrader={"grade": false, "grade_id": "encode_sentences", "locked": true, "schema_version": 3, "solution": false, "task": false}
corpus = encode_corpus(sentences)
vocabulary = corpus.vocabulary
print(f"{len(vocabulary):,} entries, the first ones: {vocabulary.words[:10]}")

example = "the food was not zumbaro at all .".split()
print(example, "->", vocabulary.numbers(example))

unknown = np.mean([any(word not in vocabulary for word in tokens) for tokens in sentences.dev.tokens])
print(f"{unknown:.1%} of the dev sentences have a word that training never saw")
lengths = corpus.train.lengths
print(f"a training sentence has {lengths.min()} to {lengths.max()} tokens, {lengths.float().mean():.1f} on average")

# %% [markdown]
# ### Batches
#
# Sentences differ in length, arrays don't. So the sentences of a batch are filled up with zeros on the right, to the
# length of the longest, and the real lengths are kept beside them. **Every model in this notebook is called as
# `model(tokens, lengths)`** with
#
# | | shape | type | what it is |
# |---|---|---|---|
# | `tokens` | $(N, T)$ | int64 | word numbers, one sentence a row, 0 behind its end; $T \ge 1$ |
# | `lengths` | $(N,)$ | int64 | how many tokens of each row are real; 0 for an empty sentence |
# | *returns* | $(N,)$ | float32 | one *logit* a sentence |
#
# ![Three sentences as one padded batch, drawn as a grid with one row a sentence and one column a step. The first row holds the words good, food and a full stop with their numbers 9, 4 and 2, then two grey cells with 0; its length is 3. The second row, not bad at all and an exclamation mark, fills all five columns; its length is 5. The third row holds one unknown word, yum, with the number 1, and four grey cells with 0; its length is 1. The last real cell of each row, in column 3, 5 and 1, has a second frame.](figures/text_batch.svg)
#
# A sentence's logit is its own business. It must be the same **whatever padding stands behind the sentence, and
# whatever other sentences are in the batch**. And it must be a number even for an empty sentence.

# %% nbgrader={"grade": false, "grade_id": "try_batch", "locked": true, "schema_version": 3, "solution": false, "task": false}
few = encode(["good food .".split(), "not bad at all !".split(), [], "yum".split()], vocabulary)
tokens, lengths, _ = few.batch()
print("tokens\n", tokens)
print("lengths", lengths)

# %% [markdown]
# **All sentences at once?** A bag of words is often drawn as a vector with one place for each word of the vocabulary, 1
# where the word is there. For all training sentences that would be a matrix of sentences × vocabulary, of which nearly
# every number is zero. Nobody needs those zeros. The corpus keeps only the numbers of the words that are there, end to
# end in one array, with the place where each sentence begins, as a sparse matrix does; a batch is cut out of it when it
# is needed.

# %% nbgrader={"grade": false, "grade_id": "try_sparse", "locked": true, "schema_version": 3, "solution": false, "task": false}
dense = len(corpus.train) * len(vocabulary) * 4
sparse = 8 * (len(corpus.train.ids) + 2 * len(corpus.train))
print(f"as a dense matrix: {dense / 2**20:8,.1f} MiB")
print(f"as it is kept:     {sparse / 2**20:8,.1f} MiB")

# %% [markdown]
# ### Logits, and where the sigmoid is
#
# The probability that a sentence is praise is $p = \sigma(z)$, with the sigmoid $\sigma$ and the *logit* $z$, which may
# be any number. **Your models return $z$, and the sigmoid is left to the loss.** The binary cross entropy of a label
# $y$ is
#
# $$ L = -y \log \sigma(z) - (1 - y) \log \left( 1 - \sigma(z) \right) $$
#
# For $z = -200$ the sigmoid is 0 in float32, and its logarithm is $-\infty$. PyTorch's
# `binary_cross_entropy_with_logits` takes $z$ and rearranges the formula so that this can't happen; `fit` below uses
# it. What was asked for is still "linear, then sigmoid"; it is only a question of who computes the sigmoid.
#
# For predictions it isn't needed at all: $p > 0.5$ says the same as $z > 0$.
#
# ### What is given
#
# - `fit(model, optimizer, train, dev, epochs=..., batch_size=...)` trains, prints a line an epoch, and leaves the model
#   with the weights that were best on the dev sentences. The learning rate falls to zero along the way. It can do three
#   things more; look at `help(fit)` when you get there: `label_smoothing`, `hide`, `clip`.
# - `report(model, corpus, history)` prints the accuracies on dev and test.
# - `predict(model, split)` gives zeros and ones, `write_predictions(path, predictions)` writes them to a file, one a
#   line.
# - `choices` holds hyperparameters to begin with, for example `choices.rnn.epochs`. Change them if you like, in your
#   own code. It also holds the goals.
#
# Here is the way of a sentence through the five models:
#
# ![Three ways from the words of a sentence to one logit, one below the other, for the words not, bad and one cell of padding. Top, part 6.1, a bag of words: each of the two words has one weight, θ_7 and θ_12; the two weights and a bias b are added and give the logit. Middle, parts 6.2 and 6.3: each of the two words has a vector, e_7 and e_12; their mean goes into a linear layer, which gives the logit. Bottom, parts 6.4 and 6.5: the two vectors go one after the other into a cell that hands its state on to the next step; the state after the last real step goes into a linear layer, which gives the logit. The cell of padding is grey in all three, and no arrow leads away from it.](figures/text_models.svg)

# %% [markdown]
# ## 6.1 A bag of words
#
# The simplest model asks of each word only whether it is there. A *binary bag of words* is a vector $x$ with one entry
# for each word of the vocabulary, 1 if the word occurs in the sentence (however often) and 0 if not. A linear layer
# makes the logit of it:
#
# $$ z = b + \sum_{w} x_w \, \theta_w $$
#
# Every word has one weight $\theta_w$: above zero if it speaks for praise, below if against. Since $x_w$ is zero for
# all words but a few, the sum is simply **the weights of the different words that are there, and the bias**.
#
# ### By hand
#
# Let $b = 0.2$, and let the weights be
#
# | word | good | food | not | . |
# |---|---:|---:|---:|---:|
# | $\theta$ | 1.5 | 0.3 | −2.1 | 0.1 |
#
# | sentence | different words | $z$ | $\sigma(z)$ |
# |---|---|---:|---:|
# | good food . | good, food, . | 0.2 + 1.5 + 0.3 + 0.1 = 2.1 | 0.89 |
# | not good food . | not, good, food, . | 2.1 − 2.1 = 0.0 | 0.50 |
# | good good good food . | good, food, . | 2.1 | 0.89 |
# | food not good . | not, good, food, . | 0.0 | 0.50 |
#
# The second sentence and the last hold the same words, so they are the same bag, in whatever order the words stand.
# Remember it for later.
#
# ### Your turn
#
# Write `BagOfWords`. Two ways, both fine:
#
# - Build the vectors $x$ of the batch, an array of shape $(N, V)$ with $V$ words: zeros, into which ones are
#   *scattered* (`scatter_`). Then `nn.Linear`. For a batch that is not too large; for all sentences at once it would
#   be.
# - Never build them: keep the weights as an `nn.Embedding` of one number a word, look up the weights of the tokens, and
#   add those that count. Which of several equal tokens counts? Sorting a row brings equal ones side by side.
#
# In both, padding is no word. Begin with weights of zero: a word that training never sees then says nothing.

# %% nbgrader={"grade": false, "grade_id": "bag_of_words", "locked": false, "schema_version": 3, "solution": true, "task": false}
class BagOfWords(nn.Module):
    """A binary bag of words, then a linear layer.

    Parameters
    ----------
    vocab_size : int
        Number of entries of the vocabulary, padding and the unknown word among them.
    """

    def __init__(self, vocab_size):
        super().__init__()
        ### BEGIN SOLUTION
        # A linear layer of which only the rows that are needed are looked up.
        self.weights = nn.Embedding(vocab_size, 1)
        nn.init.zeros_(self.weights.weight)
        self.bias = nn.Parameter(torch.zeros(1))
        ### END SOLUTION

    def forward(self, tokens, lengths):
        """Return one logit a sentence, (N,), for tokens (N, T) and lengths (N,)."""
        ### BEGIN SOLUTION
        words, _ = tokens.sort(dim=1)
        counts = words != PAD
        counts[:, 1:] &= words[:, 1:] != words[:, :-1]  # of equal words, only the first
        return (self.weights(words).squeeze(2) * counts).sum(dim=1) + self.bias
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_bag_of_words", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_bag_of_words(BagOfWords)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("bag_of_words")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - A word that comes twice counts twice. That is a bag of *counts*.
# - Padding counts as a word: every short sentence then contains the "word" 0.
# - The result has shape $(N, 1)$. Together with labels of shape $(N,)$ the loss would broadcast to $(N, N)$ without a
#   complaint, which is why `fit` refuses it.
# - A sigmoid at the end of `forward`, and another one in the loss. All logits are then above zero, so the model always
#   says praise: an accuracy of one half.
#
# ### Training
#
# Make the model, put it on the device (`.to(device)`), make an optimizer for its parameters, and call `fit`. Of the
# `choices` that your function gets, `choices.bag_of_words` holds `epochs` and `learning_rate`, and
# `choices.batch_size` is the size of a batch.
#
# Training asks for more than turning a handle. The loss on the training sentences always falls; what counts is the dev
# accuracy, and where it turns. Some things to try, on dev: the number of epochs, the learning rate, `label_smoothing`
# (a model that is never asked to be quite sure does not need huge weights for rare words), `hide` (more of it in 6.2),
# `weight_decay` in the optimizer. For a model as simple as this one there isn't much to gain.

# %% nbgrader={"grade": false, "grade_id": "train_bag_of_words", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_bag_of_words(corpus, choices, device):
    """Make a `BagOfWords` and train it.

    Returns
    -------
    model : BagOfWords
    history : History
        What `fit` returned.
    """
    ### BEGIN SOLUTION
    model = BagOfWords(len(corpus.vocabulary)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=choices.bag_of_words.learning_rate)
    history = fit(
        model,
        optimizer,
        corpus.train,
        corpus.dev,
        epochs=choices.bag_of_words.epochs,
        batch_size=choices.batch_size,
        label_smoothing=0.1,
        hide=1.0,
    )
    return model, history
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_bag_of_words", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
bag_of_words, history_1 = train_bag_of_words(corpus, choices, settings.device)
plot_training({"6.1 bag of words": history_1})

# %% nbgrader={"grade": false, "grade_id": "result_bag_of_words", "locked": true, "schema_version": 3, "solution": false, "task": false}
results = {}
results["6.1 bag of words"] = report(bag_of_words, corpus, history_1)
write_predictions("predictions_q1.txt", predict(bag_of_words, corpus.unlabelled))

# %% nbgrader={"grade": true, "grade_id": "test_bag_of_words_trained", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_trained("6.1 bag of words", bag_of_words, corpus, "predictions_q1.txt", choices.bag_of_words.goal)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("bag_of_words_trained")
### END HIDDEN TESTS

# %% [markdown]
# One number a word: such a model can be read. These are the words with the largest and the smallest weights. The logit
# of a sentence that holds one word only, minus the logit of an empty sentence, is the weight of that word, however you
# have written your class.

# %% nbgrader={"grade": false, "grade_id": "read_bag_of_words", "locked": true, "schema_version": 3, "solution": false, "task": false}
alone = encode([[], *([word] for word in vocabulary.words[2:])], vocabulary)
said = logits(bag_of_words, alone).cpu().numpy()
weight = said[1:] - said[0]
order = weight.argsort()
for title, places in (("praise", order[::-1][:12]), ("complaint", order[:12])):
    print(f"{title:10}", ", ".join(f"{vocabulary.words[2 + place]} {weight[place]:+.1f}" for place in places))

# %% [markdown]
# ## 6.2 An average of word vectors
#
# A bag of words knows nothing of how words are related: what it learns of *delicious* says nothing of *tasty*. So give
# each word not one number but a vector of $D$ numbers, its *embedding* $e_w$, and let the network learn it. A sentence
# is then summed up by the **average of the vectors of its tokens**, and a linear layer makes the logit of it:
#
# $$ z = b + u^\top \, \frac{1}{n} \sum_{t=1}^{n} e_{w_t} $$
#
# Here $n$ is the real length of the sentence, and a word that comes twice counts twice.
#
# Since everything is linear, the logit is the average of what each word says alone, $u^\top e_w + b$. So is nothing
# gained over 6.1? In what the model *can* say, little. But it learns differently: the vectors of rare words begin at
# random numbers and share $u$ with all others, and from now on long sentences don't shout louder than short ones.
#
# ### By hand
#
# Let $D = 2$, $u = (1, -1)$, $b = 0.5$.
#
# | | good | food | `<pad>` | sum | average | $z$ |
# |---|---|---|---|---|---|---:|
# | vector | (2, 0) | (0, 1) | (5, 5) | | | |
# | good | × | | | (2, 0) | (2, 0) | 2.5 |
# | good food | × | × | | (2, 1) | (1, 0.5) | 1.0 |
# | good food, in a batch with $T = 4$ | × | × | not counted | (2, 1) | (1, 0.5) | **1.0** |
#
# Divide by $T$ instead of $n$, and the last line is 0.75. Add the vectors of the padding, and it is 0.75 too, by
# accident: padding of (5, 5) adds nothing to $u^\top e$. Such accidents are why the checks use more than one example.
#
# ### Your turn
#
# Write `EmbeddingAverage`. Mind the sentences of length 0: what is the average of nothing, and what must not happen?

# %% nbgrader={"grade": false, "grade_id": "embedding_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EmbeddingAverage(nn.Module):
    """The average of learnt word vectors, then a linear layer.

    Parameters
    ----------
    vocab_size : int
        Number of entries of the vocabulary.
    dim : int
        Numbers a word.
    """

    def __init__(self, vocab_size, dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.linear = nn.Linear(dim, 1)
        ### END SOLUTION

    def forward(self, tokens, lengths):
        """Return one logit a sentence, (N,), for tokens (N, T) and lengths (N,)."""
        ### BEGIN SOLUTION
        return self.linear(mean_vector(self.embedding(tokens), tokens)).squeeze(1)


def mean_vector(vectors, tokens):
    """Average the vectors (N, T, D) of each row's real tokens: (N, D)."""
    real = (tokens != PAD).unsqueeze(2)
    return (vectors * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)  # of an empty sentence: zeros
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_embedding_average", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_embedding_average(EmbeddingAverage)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("embedding_average")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `mean(dim=1)` over the padded axis: the more padding, the smaller the average.
# - Dividing by a length of 0. The result is `nan`, and one `nan` in a batch makes the loss and then every weight `nan`.
# - `mean(dim=0)`: an average over the batch.
# - Relying on a padding row of zeros that doesn't stay zero. `padding_idx=0` makes it zero and keeps it so; setting the
#   row to zero once doesn't, because training changes it.
#
# ### Training
#
# As in 6.1. `choices.embedding` holds `embedding_dim` besides `epochs` and `learning_rate`. Now that there are many
# more parameters, the dev accuracy turns earlier.
#
# About words that are unknown: training knows all words, so it never sees `<unk>`, and its vector stays at random. With
# `hide` above zero `fit` shows rare words as `<unk>` now and then, so that the model finds out what to make of it.

# %% nbgrader={"grade": false, "grade_id": "train_embedding_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_embedding_average(corpus, choices, device):
    """Make an `EmbeddingAverage` and train it; returns the model and its history."""
    ### BEGIN SOLUTION
    model = EmbeddingAverage(len(corpus.vocabulary), choices.embedding.embedding_dim).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=choices.embedding.learning_rate, weight_decay=0.05)
    history = fit(
        model,
        optimizer,
        corpus.train,
        corpus.dev,
        epochs=choices.embedding.epochs,
        batch_size=choices.batch_size,
        label_smoothing=0.1,
        hide=1.0,
    )
    return model, history
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_embedding_average", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
embedding_average, history_2 = train_embedding_average(corpus, choices, settings.device)
plot_training({"6.2 embedding average": history_2})

# %% nbgrader={"grade": false, "grade_id": "result_embedding_average", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["6.2 embedding average"] = report(embedding_average, corpus, history_2)
write_predictions("predictions_q2.txt", predict(embedding_average, corpus.unlabelled))

# %% nbgrader={"grade": true, "grade_id": "test_embedding_average_trained", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_trained("6.2 embedding average", embedding_average, corpus, "predictions_q2.txt", choices.embedding.goal)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("embedding_average_trained")
### END HIDDEN TESTS

# %% [markdown]
# ## 6.3 Vectors from other texts: GloVe
#
# Most words are rare. A word that occurs three times in training gets three chances to move its vector; the rest is
# left to chance. But somebody else has seen that word a million times: **GloVe** vectors were made from six billion
# tokens of newspapers and encyclopedia articles, by counting which words stand near each other. Words that are used
# alike have vectors that point the same way, and no label was needed for it.
#
# We take these vectors as the embedding that training *begins* with. It then goes on: what is near in newspapers need
# not be near here. See for yourself.

# %% nbgrader={"grade": false, "grade_id": "load_glove", "locked": true, "schema_version": 3, "solution": false, "task": false}
glove = load_glove(settings, choices.glove_dim)
print(f"{len(glove):,} words, {glove.dim} numbers each")

directions = glove.vectors / np.linalg.norm(glove.vectors, axis=1, keepdims=True)
for word in ("delicious", "rude", "good"):
    nearness = directions @ directions[glove.index[word]]
    near = nearness.argsort()[::-1][1:8]
    print(f"{word:10} is near", ", ".join(f"{glove.words[place]} ({nearness[place]:.2f})" for place in near))
for word, other in (("good", "bad"), ("rude", "polite"), ("rude", "river")):
    print(f"{word} and {other}: {directions[glove.index[word]] @ directions[glove.index[other]]:.2f}")

# %% [markdown]
# Nearness is 1 for vectors that point the same way and 0 for words that have nothing to do with each other. *Good* and
# *bad* mean the opposite, and yet they stand in the same places of a sentence, so counting neighbours can't tell them
# apart well. That is why training has to go on.
#
# ### Your turn: the matrix
#
# GloVe has its own order of words. Write `embedding_matrix`, which brings the vectors into the order of our vocabulary:
# row $i$ of the result is the GloVe vector of `words[i]`. Words that GloVe doesn't have, and the two entries that are
# no words, need numbers as well. Zeros say "nothing known", and are a good choice.

# %% nbgrader={"grade": false, "grade_id": "embedding_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def embedding_matrix(words, glove_words, glove_vectors):
    """Bring word vectors into the order of a vocabulary.

    Parameters
    ----------
    words : sequence of str
        The entries of the vocabulary; the first two are "<pad>" and "<unk>".
    glove_words : sequence of str
        The words that have a vector.
    glove_vectors : array (len(glove_words), D), float32
        Their vectors; not to be changed.

    Returns
    -------
    array (len(words), D), float32
        The vector of each entry; some finite numbers where there is none.
    """
    ### BEGIN SOLUTION
    row_of = {word: row for row, word in enumerate(glove_words)}
    matrix = np.zeros((len(words), glove_vectors.shape[1]), dtype=np.float32)
    known = [number for number, word in enumerate(words) if word in row_of]
    matrix[known] = glove_vectors[[row_of[words[number]] for number in known]]
    return matrix
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_embedding_matrix", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check_embedding_matrix(embedding_matrix)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("embedding_matrix")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "make_vectors", "locked": true, "schema_version": 3, "solution": false, "task": false}
vectors = torch.as_tensor(np.array(embedding_matrix(vocabulary.words, glove.words, glove.vectors), dtype=np.float32))
missing = [word for word in vocabulary.words[2:] if word not in glove]
print(f"vectors: {tuple(vectors.shape)}; {len(missing)} of the words have none: {', '.join(missing[:12])} ...")

# %% [markdown]
# ### Your turn: the model
#
# `GloveAverage` is `EmbeddingAverage` with another beginning. It gets the matrix, as a tensor of shape $(V, D)$.
#
# Two things to mind. The embedding must **go on learning**: `nn.Embedding.from_pretrained` freezes it unless it is told
# not to. And the model needs a **copy of its own**: an embedding that shares its memory with `vectors` writes into it
# while it is trained, and the next model begins with what this one has made of it.

# %% nbgrader={"grade": false, "grade_id": "glove_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
class GloveAverage(nn.Module):
    """The average of word vectors that begin as GloVe's, then a linear layer.

    Parameters
    ----------
    vectors : tensor (V, D), float32
        The vector of each entry of the vocabulary, to begin with.
    """

    def __init__(self, vectors):
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.linear = nn.Linear(vectors.shape[1], 1)
        ### END SOLUTION

    def forward(self, tokens, lengths):
        """Return one logit a sentence, (N,), for tokens (N, T) and lengths (N,)."""
        ### BEGIN SOLUTION
        return self.linear(mean_vector(self.embedding(tokens), tokens)).squeeze(1)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_glove_average", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check_glove_average(GloveAverage)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_average")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The rows are shifted by two: GloVe's first word at number 0, where the padding is.
# - The matrix is right and then not used, because a later line draws the embedding anew.
# - A loop that searches `glove_words` for each word, `glove_words.index(word)`: right, and hours long with 400,000
#   words. A dictionary finds a word at once.
#
# ### Training
#
# As before, with `choices.glove`.

# %% nbgrader={"grade": false, "grade_id": "train_glove_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_glove_average(corpus, vectors, choices, device):
    """Make a `GloveAverage` and train it; returns the model and its history."""
    ### BEGIN SOLUTION
    model = GloveAverage(vectors).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=choices.glove.learning_rate, weight_decay=0.05)
    history = fit(
        model,
        optimizer,
        corpus.train,
        corpus.dev,
        epochs=choices.glove.epochs,
        batch_size=choices.batch_size,
        label_smoothing=0.1,
        hide=1.0,
    )
    return model, history
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_glove_average", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
glove_average, history_3 = train_glove_average(corpus, vectors, choices, settings.device)
plot_training({"6.3 GloVe average": history_3})

# %% nbgrader={"grade": false, "grade_id": "result_glove_average", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["6.3 GloVe average"] = report(glove_average, corpus, history_3)
write_predictions("predictions_q3.txt", predict(glove_average, corpus.unlabelled))

# %% nbgrader={"grade": true, "grade_id": "test_glove_average_trained", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_trained("6.3 GloVe average", glove_average, corpus, "predictions_q3.txt", choices.glove.goal)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_average_trained")
### END HIDDEN TESTS

# %% [markdown]
# ## 6.4 Reading from left to right: an RNN
#
# So far, a sentence was a heap of words. "Good, not bad" and "bad, not good" are the same heap, and no training will
# ever let the three models above tell them apart. The recurrent network of problem 3 reads one word after the other:
#
# $$ h_t = \tanh \left( e_{w_t} W_x + h_{t-1} W_h + b_h \right) $$
#
# Having read *not*, it may be in a state in which *bad* does something else to it. What it has made of the sentence is
# in its state **after the last real token**, $h_n$, and a linear layer makes the logit of it:
#
# $$ z = b + u^\top h_n $$
#
# Now padding is more dangerous than before. The network goes on for as many steps as the batch has columns, and it
# changes its state at the padding as well. The state at the last *column* is what is left after some steps of nothing.
#
# | | step 0 | step 1 | step 2 | step 3 | step 4 | to be read |
# |---|---|---|---|---|---|---|
# | good food . | $h_1$ | $h_2$ | $h_3$ | padding | padding | $h_3$, at step 2 |
# | not bad at all ! | $h_1$ | $h_2$ | $h_3$ | $h_4$ | $h_5$ | $h_5$, at step 4 |
#
# ### Your turn
#
# Write `GloveRNN`, with PyTorch's `nn.RNN`. It returns the states of all steps, and the state after the last column. By
# default it expects time first, $(T, N, D)$, as in problem 3; with `batch_first=True` the batch comes first.
#
# To pick a state from each row at another step, index with two arrays of the same length: `states[rows, steps]`. Or
# look up `nn.utils.rnn.pack_padded_sequence`, which makes the network stop at each sentence's end. Neither likes a
# length of 0: decide what an empty sentence is to give. Any finite logit will do, as long as it doesn't depend on the
# padding.

# %% nbgrader={"grade": false, "grade_id": "glove_rnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
class GloveRNN(nn.Module):
    """GloVe vectors, an RNN, then a linear layer on the state after the last real token.

    Parameters
    ----------
    vectors : tensor (V, D), float32
        The vector of each entry of the vocabulary, to begin with.
    hidden : int
        Size of the hidden state.
    """

    def __init__(self, vectors, hidden):
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.rnn = nn.RNN(vectors.shape[1], hidden, batch_first=True)
        nn.init.orthogonal_(self.rnn.weight_hh_l0)  # keeps the length of a gradient on its way back
        self.drop_inputs, self.drop_state = nn.Dropout1d(0.2), nn.Dropout(0.2)
        self.linear = nn.Linear(hidden, 1)
        ### END SOLUTION

    def forward(self, tokens, lengths):
        """Return one logit a sentence, (N,), for tokens (N, T) and lengths (N,)."""
        ### BEGIN SOLUTION
        return read(self, self.rnn, tokens, lengths)


def read(model, network, tokens, lengths):
    """Let a recurrent network read the sentences, and make a logit of its state after the last real token."""
    # Dropout1d drops along the last axis: a number that is dropped is dropped in all steps of its sentence.
    vectors = model.drop_inputs(model.embedding(tokens).transpose(1, 2)).transpose(1, 2)
    states, _ = network(vectors)
    rows = torch.arange(len(lengths), device=tokens.device)
    last = states[rows, (lengths - 1).clamp(min=0)]  # of an empty sentence: the state after the first step
    return model.linear(model.drop_state(last)).squeeze(1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_glove_rnn", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_glove_rnn(GloveRNN)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_rnn")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - `states[:, -1]`, or the second result of `nn.RNN`: the state after the last column, padding and all.
# - `batch_first` forgotten. Nothing complains; the network reads the first words of all sentences as one sentence, then
#   the second words, and a sentence's logit depends on its neighbours.
# - `states[:, lengths - 1]`: that is an array of shape $(N, N, H)$, every row at every length.
# - Sentences sorted by length for packing, and the results not brought back into order.
# - An average over all states instead of the last one. It even works quite well, but it is another model.
#
# ### Training
#
# `choices.rnn` holds `hidden_size`, and a learning rate for the embedding, `embedding_rate`, that is larger than
# `learning_rate`. A recurrent network wants small steps: its weights are used at every step of every sentence. The
# vector of a word is used only where that word occurs. An optimizer can hold two groups of parameters, each with a rate
# of its own:
#
# ```python
# embedding = list(model.embedding.parameters())
# others = [parameter for name, parameter in model.named_parameters() if not name.startswith("embedding")]
# optimizer = torch.optim.AdamW([{"params": embedding, "lr": 0.005}, {"params": others, "lr": 0.001}])
# ```
#
# What you know from problem 3 helps here: recurrent weights that begin as a rotation (`nn.init.orthogonal_`) neither
# shrink nor blow up a gradient on its way back, and `fit` scales down a gradient whose norm is above `clip`. Dropout on
# the vectors and on the last state makes up for having only so many sentences.
#
# The LSTM will be trained in the same way. So write what both need as `train_recurrent`, and call it below.

# %% nbgrader={"grade": false, "grade_id": "train_glove_rnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_recurrent(model, corpus, chosen, batch_size):
    """Train a recurrent model with what is `chosen` for it (`choices.rnn`, `choices.lstm`); returns the history."""
    ### BEGIN SOLUTION
    embedding = list(model.embedding.parameters())
    others = [parameter for name, parameter in model.named_parameters() if not name.startswith("embedding")]
    groups = [{"params": embedding, "lr": chosen.embedding_rate}, {"params": others, "lr": chosen.learning_rate}]
    return fit(
        model,
        torch.optim.AdamW(groups, weight_decay=0.05),
        corpus.train,
        corpus.dev,
        epochs=chosen.epochs,
        batch_size=batch_size,
        label_smoothing=0.1,
        hide=2.0,
    )
    ### END SOLUTION


def train_glove_rnn(corpus, vectors, choices, device):
    """Make a `GloveRNN` and train it; returns the model and its history."""
    ### BEGIN SOLUTION
    model = GloveRNN(vectors, choices.rnn.hidden_size).to(device)
    history = train_recurrent(model, corpus, choices.rnn, choices.batch_size)
    return model, history
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_glove_rnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
glove_rnn, history_4 = train_glove_rnn(corpus, vectors, choices, settings.device)
plot_training({"6.4 GloVe, RNN": history_4})

# %% nbgrader={"grade": false, "grade_id": "result_glove_rnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["6.4 GloVe, RNN"] = report(glove_rnn, corpus, history_4)
write_predictions("predictions_q4.txt", predict(glove_rnn, corpus.unlabelled))

# %% nbgrader={"grade": true, "grade_id": "test_glove_rnn_trained", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_trained("6.4 GloVe, RNN", glove_rnn, corpus, "predictions_q4.txt", choices.rnn.goal)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_rnn_trained")
### END HIDDEN TESTS

# %% [markdown]
# ## 6.5 An LSTM
#
# The last step. An RNN rewrites its whole state at every word, and what it has read at the beginning fades: you have
# seen in notebook 3 how far back a gradient reaches. The LSTM of problem 4 carries a second state, to which it adds
# what its gates let in, and from which only the forget gate takes away. A *not* at the beginning can wait there until
# the word arrives that it belongs to.
#
# ### Your turn
#
# Write `GloveLSTM`. Everything else is as in 6.4: the same embedding, the same last real step, the same linear layer.
# `nn.LSTM` returns the hidden states $h_t$ of all steps, and a pair with the last column's hidden state and cell state.
# It is the **hidden state** that goes into the linear layer.

# %% nbgrader={"grade": false, "grade_id": "glove_lstm", "locked": false, "schema_version": 3, "solution": true, "task": false}
class GloveLSTM(nn.Module):
    """GloVe vectors, an LSTM, then a linear layer on the hidden state after the last real token.

    Parameters
    ----------
    vectors : tensor (V, D), float32
        The vector of each entry of the vocabulary, to begin with.
    hidden : int
        Size of the hidden state.
    """

    def __init__(self, vectors, hidden):
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.lstm = nn.LSTM(vectors.shape[1], hidden, batch_first=True)
        self.drop_inputs, self.drop_state = nn.Dropout1d(0.3), nn.Dropout(0.3)
        self.linear = nn.Linear(hidden, 1)
        ### END SOLUTION

    def forward(self, tokens, lengths):
        """Return one logit a sentence, (N,), for tokens (N, T) and lengths (N,)."""
        ### BEGIN SOLUTION
        return read(self, self.lstm, tokens, lengths)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_glove_lstm", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_glove_lstm(GloveLSTM)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_lstm")
### END HIDDEN TESTS

# %% [markdown]
# **Common mistakes**
#
# - The cell state $c_n$ is read where the hidden state $h_n$ belongs.
# - `states, (h, c) = ...`, and then `h` is taken: it is the state after the last column, and has an axis more in front.
# - Everything of 6.4 once more, by copying it.
#
# ### Training
#
# As in 6.4, with `choices.lstm`; `train_recurrent` does for both.

# %% nbgrader={"grade": false, "grade_id": "train_glove_lstm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_glove_lstm(corpus, vectors, choices, device):
    """Make a `GloveLSTM` and train it; returns the model and its history."""
    ### BEGIN SOLUTION
    model = GloveLSTM(vectors, choices.lstm.hidden_size).to(device)
    history = train_recurrent(model, corpus, choices.lstm, choices.batch_size)
    return model, history
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "run_glove_lstm", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(settings.seed)
glove_lstm, history_5 = train_glove_lstm(corpus, vectors, choices, settings.device)
plot_training({"6.5 GloVe, LSTM": history_5})

# %% nbgrader={"grade": false, "grade_id": "result_glove_lstm", "locked": true, "schema_version": 3, "solution": false, "task": false}
results["6.5 GloVe, LSTM"] = report(glove_lstm, corpus, history_5)
write_predictions("predictions_q5.txt", predict(glove_lstm, corpus.unlabelled))

# %% nbgrader={"grade": true, "grade_id": "test_glove_lstm_trained", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check_trained("6.5 GloVe, LSTM", glove_lstm, corpus, "predictions_q5.txt", choices.lstm.goal)
### BEGIN HIDDEN TESTS
from autograder.inprocess import hidden_tests
hidden_tests("glove_lstm_trained")
### END HIDDEN TESTS

# %% [markdown]
# ## Side by side
#
# All five models are done; no more points from here on. These are your results.

# %% nbgrader={"grade": false, "grade_id": "table_of_results", "locked": true, "schema_version": 3, "solution": false, "task": false}
show_results(results)

# %% nbgrader={"grade": false, "grade_id": "curves_of_all", "locked": true, "schema_version": 3, "solution": false, "task": false}
plot_training({
    "6.1 bag of words": history_1,
    "6.2 embedding average": history_2,
    "6.3 GloVe average": history_3,
    "6.4 GloVe, RNN": history_4,
    "6.5 GloVe, LSTM": history_5,
})

# %% [markdown]
# *What you should see* depends on the sentences. In the small data set of the `smoke` profile, half of the sentences
# are made so that what counts is the order of the words; there the first three models stay near 0.7, and the step to
# the recurrent ones is a leap, to about 0.96. In real reviews few sentences turn on the order of their words: a bag
# of words is right in 95 to 96 of 100 already, and an LSTM in about one more. Both are true. How much a model gains
# from seeing the order is a fact about the data, not about the model.
#
# What each step brings:
#
# | step | what the model sees in addition | when it helps |
# |---|---|---|
# | 6.1 → 6.2 | a vector a word instead of one number; the length of the sentence doesn't count | a little: what it can say is nearly the same |
# | 6.2 → 6.3 | how words are used in other texts | rare words, little training data; in the smoke profile hardly a word is rare |
# | 6.3 → 6.4 | the order of the words | negation, "used to be", "not only ... but" |
# | 6.4 → 6.5 | a memory that lasts | when what belongs together stands far apart |
#
# ### Sentences to try
#
# Here are some sentences in which the order, or a small word, decides. The first two pairs hold the same words each.

# %% nbgrader={"grade": false, "grade_id": "try_sentences", "locked": true, "schema_version": 3, "solution": false, "task": false}
tricky = [
    "the hall used to be dirty but now it is lovely",
    "the hall used to be lovely but now it is dirty",
    "the soup was good although i expected it to be bad",
    "the soup was bad although i expected it to be good",
    "the food was good .",
    "the food was not good .",
    "the food was not bad at all .",
    "nothing special about the food .",
    "we had no problem with the room .",
    "i would not say that the staff was rude .",
    "excellent",
    "",
]
models = {
    "6.1 bag of words": bag_of_words,
    "6.2 embedding average": embedding_average,
    "6.3 GloVe average": glove_average,
    "6.4 GloVe, RNN": glove_rnn,
    "6.5 GloVe, LSTM": glove_lstm,
}
chances = {name: probabilities(model, vocabulary, tricky) for name, model in models.items()}
plot_probabilities([line or "(an empty sentence)" for line in tricky], chances)

# %% [markdown]
# *What you should see:* within each of the first two pairs, the models 6.1 to 6.3 give both sentences the same
# probability; they can't do otherwise. 6.4 and 6.5 give different ones; whether the right ones depends on whether they
# have met such sentences in training (in the smoke profile they have). The empty sentence shows what a model says
# before it has heard anything.
#
# Now watch the models read. At every word, this is what they would say if the sentence ended there.

# %% nbgrader={"grade": false, "grade_id": "watch_reading", "locked": true, "schema_version": 3, "solution": false, "task": false}
line = "i would not say that the staff was rude ."
words = line.split()
prefixes = [" ".join(words[:n]) for n in range(1, len(words) + 1)]
figure, axes = plt.subplots(figsize=(10, 3), layout="constrained")
for name, style in (("6.1 bag of words", "C0o-"), ("6.4 GloVe, RNN", "C3^:"), ("6.5 GloVe, LSTM", "C4v--")):
    axes.plot(probabilities(models[name], vocabulary, prefixes), style, label=name)
axes.axhline(0.5, color="gray", linewidth=1)
axes.set_xticks(range(len(words)), words)
axes.set(ylim=(-0.03, 1.03), ylabel="probability of praise", title="Reading word by word")
axes.grid(alpha=0.3)
axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plt.show()

# %% [markdown]
# *What you should see:* every word moves the bag of words by its own weight, the same wherever it stands. The recurrent
# models swing, and a word can turn what the words before have said. Don't read too much into the middle of the
# sentence: in training they were only ever asked at the end.
#
# And here is where the LSTM is wrong although it is quite sure: the dev sentences with the largest loss. Read them, and
# ask of each one why. Has it a word that training never saw? Is it something that nobody could know from one sentence?
# Would you have labelled it as it is labelled?

# %% nbgrader={"grade": false, "grade_id": "largest_losses", "locked": true, "schema_version": 3, "solution": false, "task": false}
chance = probabilities(glove_lstm, vocabulary, [" ".join(tokens) for tokens in sentences.dev.tokens])
surprise = np.abs(chance - sentences.dev.labels)
for place in surprise.argsort()[::-1][:10]:
    print(f"label {sentences.dev.labels[place]}, says {chance[place]:.2f}: {' '.join(sentences.dev.tokens[place])}")

# %% [markdown]
# **To think about** (not graded)
#
# 1. Why can no weights whatsoever let a bag of words give "good , not bad" and "bad , not good" different logits? What
#    would you have to count instead of words, so that a linear model can? (Such a model is far from hopeless.)
# 2. The models of 6.1 and 6.2 can express nearly the same functions of a sentence of given length. So why don't they
#    end up with the same accuracy?
# 3. `fit` keeps the weights of the epoch that was best on dev. Why is the dev accuracy of that epoch a little too good
#    a number to report?
# 4. A word that training never saw becomes `<unk>`, although GloVe may know it. How could a model use GloVe's vector
#    for it, and what would have to be true of the trained embedding for that to work?
#
# **To read on**
#
# - J. Pennington, R. Socher, C. D. Manning, *GloVe: Global Vectors for Word Representation*, EMNLP 2014.
# - M. Iyyer and others, *Deep Unordered Composition Rivals Syntactic Methods for Text Classification*, ACL 2015: how
#   far an average of vectors gets.
# - S. Wang, C. D. Manning, *Baselines and Bigrams: Simple, Good Sentiment and Topic Classification*, ACL 2012: one
#   answer to the first question.
# - Y. Gal, Z. Ghahramani, *A Theoretically Grounded Application of Dropout in Recurrent Neural Networks*, NIPS 2016:
#   why dropout should drop the same numbers at every step.
