"""``docs/results.md``, made from what is there: experiments are run, leave a record each, and the page is written anew.

The experiments are scripts in ``benchmarks/``; `experiments` says which there are, what data each needs, and which one
stands in for another that cannot be run. `running` runs them, `record` is what each leaves in ``docs/results/``, and
`page` makes the page of all records, so that it says the same wherever it is made.
"""
