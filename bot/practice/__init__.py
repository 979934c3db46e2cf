"""What somebody who practices alone has beside the questions: pure rules on plain values. No clock, no chance."""
