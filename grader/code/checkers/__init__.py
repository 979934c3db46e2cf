"""How answers are compared: small pure functions on decoded values. `grader.code.compare` chooses among them."""
