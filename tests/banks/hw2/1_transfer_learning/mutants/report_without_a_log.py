"""What is reported is not a number."""
# loses: report
# message: expected a number


def report():
    return {"finetune": float("nan"), "freeze": float("nan")}
