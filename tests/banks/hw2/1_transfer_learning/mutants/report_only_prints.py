"""The numbers are printed and not returned."""
# loses: report
# message: got None

from utils.vision import best_of


def report():
    print(best_of(model_ft), best_of(model_conv))
