"""The parts of `evaluation.durability`: a gateway to be killed, and a receiver that counts."""
