"""What is measured: a corpus of generated reports with known figures, scores and timings."""
