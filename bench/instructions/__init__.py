"""How many instructions the hot path takes for fixed work: the same figure each time, on any machine.

``python -m bench.instructions`` counts, compares with what is recorded in ``record.json``, and fails where
a workload has grown by more than 3 %. ``docs/explanation/performance.md`` says what is counted and why.
"""
