"""What the message path costs, beside that of its peers and beside the least that gevent allows.

``python -m bench`` measures servers, ``python -m bench.browser`` now.js, ``python -m bench.scope``
what stands behind a write, and ``python -m bench.callbacks`` what is left of functions that were passed on;
``python -m bench.instructions`` counts instead of measuring, and a test looks at the figures;
``docs/explanation/performance.md`` says what the figures mean. ``python -m bench.soak`` and
``python -m bench.stopped`` try lines that break and clients that stop reading:
``docs/explanation/robustness.md``.
"""
