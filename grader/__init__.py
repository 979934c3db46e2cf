"""Grading: answers in, grades with evidence out."""
