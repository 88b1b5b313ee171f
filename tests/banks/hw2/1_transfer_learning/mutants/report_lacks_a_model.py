"""One of the two models is missing."""
# loses: report
# message: no key

from utils.vision import best_of


def report():
    return {"finetune": best_of(model_ft)}
