"""Rounds as pure state machines: events in, a new state and effects out. No clock, no chance, no Discord."""
