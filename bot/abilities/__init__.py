"""What people can do, estimated from their scored answers: pure arithmetic on plain values. No clock, no chance."""
