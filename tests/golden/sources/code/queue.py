def drain(queue):
    """Yield items until the queue is empty."""
    while queue:
        yield queue.pop(0)
