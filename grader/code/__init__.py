"""Judges submitted Python.

    task file ──build──▶ bundle (data only)                     questions, grader.code.build
    bundle + submission ──▶ jobs ──▶ reports                    grader.code.judge → grader.code.runner → sandbox
    bundle + reports ──▶ verdict                                grader.code.verdict, compare: pure

Expected values never enter the sandbox. What comes out of it is bytes: frames of JSON with a cap on size and depth,
decoded into plain values (`grader.code.values`) and compared here. Nothing that a submission prints, returns or raises
is ever evaluated.
"""
