"""Made-up numbers are reported."""
# loses: report
# message: is right on


def report():
    return {"finetune": 0.5, "freeze": 0.5}
