"""Questions as content: the models, the loader, the taxonomy and the bank."""
