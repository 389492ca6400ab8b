"""Files of tau-ARGUS: read so that an office can go on with what it has, written so that it can compare."""
