"""gongkai (公开): settings, the life of a load, and the command line."""
