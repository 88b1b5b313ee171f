"""The report of a class: `statistics` counts, `plots` draws, `page` puts them on one page."""

from autograder.reporting.page import class_report, make_report

__all__ = ["class_report", "make_report"]
