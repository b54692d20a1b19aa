"""Small mistakes made in the rules on purpose: does a test notice each? (`./run faults mutants`, decision 0108)"""
