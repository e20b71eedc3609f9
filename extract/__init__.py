"""From sources to landed Parquet: pull documents, read them, recognise the statutory form in them."""
