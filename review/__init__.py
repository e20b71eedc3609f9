"""What people decide about held reports and doubtful figures: asked for, kept, applied by the next load."""
