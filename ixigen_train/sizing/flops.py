"""Floating-point operations of training, by the book: what a model needs, not what a kernel does."""

from ixigen_train.sizing.shape import ModelShape


def flops_per_token(shape: ModelShape, context: int) -> float:
    """Return the FLOPs of a token, forward and backward, in windows of `context` tokens.

    6 for each parameter that multiplies (Kaplan et al., "Scaling Laws for Neural Language Models", 2020), and
    12 * layers * heads * head_dim for each position attended to (Chowdhery et al., "PaLM", 2022, appendix B). PaLM
    takes the whole window for that; here it is what a causal model attends to on the mean, (context + 1) / 2, so a
    utilisation told with it is the smaller one. Documents that are kept apart attend to less still, and recomputed
    activations are not counted: both make the told utilisation differ from how busy a device is.

    >>> tiny = ModelShape(layers=2, hidden=8, heads=2, kv_heads=2, head_dim=4, ffn=16, vocab=10, tied=True)
    >>> flops_per_token(tiny, 7) == 6 * (2 * (4 * 64 + 3 * 128) + 80) + 12 * 2 * 8 * 4
    True
    """
    attended = (context + 1) / 2
    return 6.0 * shape.matmul_parameters + 12.0 * shape.layers * shape.query_width * attended
