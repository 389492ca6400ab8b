"""Protection on its own: tables and raw linear systems in files, without datasets, stores and releases."""
