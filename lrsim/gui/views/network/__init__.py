"""The network as a diagram: what each unit computes, and the weights between them."""
