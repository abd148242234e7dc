"""How the embedded network is trained: its data, labels, augmentation and losses."""
